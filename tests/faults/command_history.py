"""Judges commands: what the client was answered, and not answered, against the effects that exist.

An attempt without an answer may or may not have taken effect; it is sent again with the same Idempotency-Key. So an
accepted command has exactly one effect, an unanswered one at most one, a refused one none, and every answer to the
same key that accepts is the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.faults.anomalies import Anomaly, Class


@dataclass
class CommandRecord:
    """All attempts of one Idempotency-Key. ``effect`` names the one thing that the command makes, if it is counted."""

    service: str
    operation: str
    effect: str | None = None
    unanswered: int = 0
    refused: list[int] = field(default_factory=list)
    accepted: list[tuple[int, bytes]] = field(default_factory=list)

    def answer(self, status: int | None, body: bytes = b"") -> None:
        """Note the outcome of an attempt: the status, or None where no answer came."""
        if status is None or status >= 500 or status in {409, 429}:  # it may have been done, or be under way
            self.unanswered += 1
        elif status >= 400:
            self.refused.append(status)
        else:
            self.accepted.append((status, hashlib.sha256(body).digest()))


@dataclass
class CommandHistory:
    """The commands of a run, by key."""

    records: dict[str, CommandRecord] = field(default_factory=dict)

    def command(self, key: str, service: str, operation: str, effect: str | None = None) -> CommandRecord:
        """The record of ``key``."""
        record = self.records.setdefault(key, CommandRecord(service, operation, effect))
        record.effect = record.effect or effect
        return record

    @property
    def attempts(self) -> int:
        """How often anything was sent."""
        return sum(one.unanswered + len(one.refused) + len(one.accepted) for one in self.records.values())

    @property
    def unanswered(self) -> int:
        """How often no definite answer came."""
        return sum(one.unanswered for one in self.records.values())

    def judge(self, effects: Mapping[str, int]) -> Iterator[Anomaly]:
        """Judge against ``effects``: how many of each named thing exist."""
        wanted: set[str] = set()
        for key, record in self.records.items():
            where = f"{record.service} {record.operation}"
            if len(set(record.accepted)) > 1:
                yield Anomaly(Class.DUPLICATE, where, f"key {key}: two different answers to one command")
            if record.effect is None:
                continue
            wanted.add(record.effect)
            made = effects.get(record.effect, 0)
            if made > 1:
                yield Anomaly(Class.DUPLICATE, where, f"key {key}: {made} effects")
            elif record.accepted and made == 0:
                yield Anomaly(Class.LOST, where, f"key {key}: accepted, and without effect")
            elif made and not record.accepted and not record.unanswered:
                yield Anomaly(Class.FROM_NOTHING, where, f"key {key}: refused, and with an effect")
        for effect in effects.keys() - wanted:
            yield Anomaly(Class.FROM_NOTHING, "commands", f"{effect}: an effect that nobody has commanded")
