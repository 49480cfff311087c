"""What a path costs, and how two costs are compared in words that name the statement that grew."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.gate.statements import PING

BASELINE_FILE: Final = Path(__file__).parent / "baseline.json"
WRITE_COMMAND: Final = "python -m tests.gate --write"
# All paths are fed this many events, rows or people, so that every baseline reads the same.
EVENTS: Final = 1_000
PER_EVENTS: Final = "1,000 events"
PER_ROWS: Final = "1,000 rows"
PER_WORKERS: Final = "1,000 workers"
PER_COMMAND: Final = "1 command"


@dataclass(frozen=True, slots=True)
class Cost:
    """SQL statements and Kafka requests of one path, by text and by API, for ``per``."""

    per: str
    statements: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """Totals first, since they are what is compared."""
        return {
            "per": self.per,
            "statements": self.statements.total(),
            "kafka_requests": self.requests.total(),
            "sql": dict(sorted(self.statements.items())),
            "kafka": dict(sorted(self.requests.items())),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Cost:
        """The reverse of `as_json`."""
        return cls(found["per"], Counter(found["sql"]), Counter(found["kafka"]))


class Meter:
    """Collects the costs of paths. ``statements`` and ``requests`` are counts that go on growing."""

    def __init__(self, statements: Counter[str], requests: Counter[str] | None = None) -> None:
        self._statements = statements
        self._requests = Counter[str]() if requests is None else requests
        self.costs: dict[str, Cost] = {}

    @contextlib.contextmanager
    def measured(self, path: str, per: str = PER_EVENTS) -> Iterator[None]:
        """What the block asks of PostgreSQL and Kafka is the cost of ``path``, but for pings of rested connections."""
        statements, requests = Counter(self._statements), Counter(self._requests)
        yield
        cost = Cost(per, self._statements - statements, self._requests - requests)
        del cost.statements[PING]
        self.costs[path] = cost


def compare(path: str, now: Cost, before: Cost | None) -> str:
    """Empty if ``now`` costs what the baseline says; else what grew or fell, and what to do."""
    if before is None:
        return f"{path} has no baseline yet; fix it with `{WRITE_COMMAND}` and commit {BASELINE_FILE.name}."
    counts = [
        ("SQL statements", now.statements, before.statements),
        ("Kafka requests", now.requests, before.requests),
    ]
    grown = [what for what, new, old in counts if new.total() > old.total()]
    fallen = [what for what, new, old in counts if new.total() < old.total()]
    if not grown and not fallen:
        return ""
    lines = [f"{path}, per {now.per}:"]
    for what, new, old in counts:
        if new.total() != old.total():
            lines.append(f"  {what}: {old.total()} -> {new.total()} ({new.total() - old.total():+d})")
            lines += _changes(new, old)
    lines.append(
        f"  More than the baseline: make the path set-based again; if the rise is meant, say why and run "
        f"`{WRITE_COMMAND}`."
        if grown
        else f"  Less than the baseline: well done. Keep it with `{WRITE_COMMAND}` and commit {BASELINE_FILE.name}."
    )
    return "\n".join(lines)


def _changes(new: Counter[str], old: Counter[str]) -> list[str]:
    changed = [(text, new[text] - old[text]) for text in sorted({*new, *old}) if new[text] != old[text]]
    changed.sort(key=lambda change: -change[1])
    return [f"    {by:+6d}  {old[text]} -> {new[text]}  {text}" for text, by in changed]


def load(path: Path = BASELINE_FILE) -> dict[str, Cost]:
    """The baseline; empty where there is none yet."""
    if not path.exists():
        return {}
    return {name: Cost.from_json(found) for name, found in json.loads(path.read_text(encoding="utf-8")).items()}


def save(costs: Mapping[str, Cost], path: Path = BASELINE_FILE) -> None:
    """Fix ``costs`` as the baseline."""
    content = {name: costs[name].as_json() for name in sorted(costs)}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
