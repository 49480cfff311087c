"""What a file with BPJS's answers says, row by row; a file that breaks the form is refused whole, before any effect."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.enrolment.rules.states import MemberState

ANSWER_COLUMNS: Final = ("worker_ref", "status", "kpj", "reason", "accepted_on")
_NAME: Final = re.compile(r"group-answer_([0-9a-f-]{36})_([0-9]{1,6})(?:_([0-9]{1,6}))?\.csv")
_KPJ: Final = re.compile(r"[0-9]{11}")
_REASON: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_REASON: Final = 60
OTHER_REASON: Final = "other"


class AnswerFileRefusedError(ValueError):
    """A file of answers cannot be used as a whole; ``reason`` is the code that is recorded and shown."""

    def __init__(self, reason: str, sentence: str = "The file of answers cannot be used.") -> None:
        super().__init__(sentence)
        self.reason = reason


class AnswerMalformedError(AnswerFileRefusedError):
    """A file of answers breaks the agreed form at ``place``."""

    def __init__(self, place: str) -> None:
        super().__init__("row-malformed", f"The answer is malformed at {place}; ask BPJS for a corrected file.")
        self.place = place


@dataclass(frozen=True, slots=True)
class AnswerName:
    """Which list a file answers, by its name, and which part of the answer it is (1 where the name gives none)."""

    group_id: UUID
    list_number: int
    part: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One worker's answer. ``kpj`` (sensitive) and ``accepted_on`` when accepted, else the code of the ``reason``."""

    worker_id: UUID
    is_accepted: bool
    kpj: str
    reason: str | None
    accepted_on: date | None


def parse_name(name: str) -> AnswerName | None:
    """The list that a file of this name answers; None for any other name."""
    parts = _NAME.fullmatch(name)
    if parts is None:
        return None
    try:
        return AnswerName(UUID(parts[1]), int(parts[2]), int(parts[3] or 1))
    except ValueError:
        return None


def parse_answers(rows: Sequence[Mapping[str, str]]) -> list[Answer]:
    """The answers. Raises AnswerMalformedError naming the first row that breaks the form."""
    return [_parse(row, f"row {number}") for number, row in enumerate(rows, start=1)]


def _parse(row: Mapping[str, str], place: str) -> Answer:
    try:
        worker_id = UUID(row["worker_ref"])
        if row["status"] == "rejected":
            return Answer(worker_id, False, "", _reason(row["reason"]), None)
        if row["status"] != "accepted" or not _KPJ.fullmatch(row["kpj"]):
            raise AnswerMalformedError(place)
        return Answer(worker_id, True, row["kpj"], None, date.fromisoformat(row["accepted_on"]))
    except ValueError:
        raise AnswerMalformedError(place) from None


def _reason(text: str) -> str:
    """A code as it is; free text could hold personal data and becomes ``other``."""
    return text if _REASON.fullmatch(text) and len(text) <= _LONGEST_REASON else OTHER_REASON


@dataclass(frozen=True, slots=True)
class MemberStanding:
    """What the answers so far say of a member. Parts may be read in any order; the end is the same."""

    state: MemberState
    reason: str | None = None
    accepted_part: int | None = None
    refused_part: int | None = None

    @property
    def is_contradicted(self) -> bool:
        """Whether a refusal came with, or after, an acceptance: somebody has to ask BPJS which one holds."""
        if self.accepted_part is None or self.refused_part is None:
            return False
        return self.refused_part >= self.accepted_part


def after_refusal(member: MemberStanding, part: int, reason: str | None) -> MemberStanding:
    """A refusal holds unless there is an acceptance; of several the latest part gives the reason."""
    is_latest = member.refused_part is None or part >= member.refused_part
    refused_part = part if is_latest else member.refused_part
    if member.accepted_part is not None:
        return MemberStanding(MemberState.ACCEPTED, None, member.accepted_part, refused_part)
    return MemberStanding(MemberState.REFUSED, reason if is_latest else member.reason, None, refused_part)


def after_acceptance(member: MemberStanding, part: int) -> MemberStanding:
    """An acceptance outranks every refusal: BPJS covers the person."""
    accepted_part = part if member.accepted_part is None else min(part, member.accepted_part)
    return MemberStanding(MemberState.ACCEPTED, None, accepted_part, member.refused_part)
