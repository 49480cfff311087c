"""What enrolment promises of its own rows, and what it and subsidy or notification must agree on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal

from services.enrolment.rules.membership import MOVES, Status
from services.enrolment.store import facts, verification
from shared.database import Transaction
from shared.verification import Broken, Check, Facts, Verification

_MOVES = sorted([f">{Status.REGISTERED}", *(f"{before}>{after}" for before, after in MOVES)])


def _check(name: str, promise: str, question: str, *arguments: object) -> Check:
    async def find(tx: Transaction) -> Sequence[Broken]:
        return await verification.broken(tx, question, *arguments)

    return Check(name, promise, find)


def _facts(name: str, side: Literal["source", "copy"], question: str) -> Facts:
    def stream(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
        return facts.stream(tx, question)

    return Facts(name, side, stream)


VERIFICATION = Verification(
    checks=(
        _check("roster-counts", "The rows of every roster add up.", verification.ROSTER_COUNTS),
        _check("rows-registered", "Every acceptable row became one worker.", verification.ROWS_REGISTERED),
        _check("files-forgotten", "Files are destroyed once they are done with.", verification.FILES_FORGOTTEN),
        _check("one-decision", "Every worker has one decision in force.", verification.ONE_DECISION),
        _check("one-person", "Every worker has one entry in the vault.", verification.ONE_PERSON),
        _check("history", "Every membership is what its history says.", verification.HISTORY, _MOVES),
        _check("enrolments", "Memberships and enrolments agree.", verification.ENROLMENTS),
        _check("cover", "Every month that a run covered has a line or a reason.", verification.COVER),
        _check("one-line", "A worker's month has one contribution.", verification.ONE_LINE),
        _check("amounts", "Nothing is paid that was not due, nor more than that.", verification.AMOUNTS),
        _check("lists", "Group lists hold who they say.", verification.LISTS),
        _check("members", "Grants, groups, acceptances and enrolments agree.", verification.MEMBERS),
        _check("check-lists", "Every NIK that a check list added is kept.", verification.CHECK_LISTS),
        _check("notices", "Nobody lapses unwarned, nobody is warned without cover.", verification.NOTICES),
    ),
    facts=(
        _facts("worker.decision", "source", facts.DECISIONS),
        _facts("worker.enrolled", "source", facts.ENROLLED),
        _facts("notice.registered", "source", facts.REGISTERED_NOTICES),
        _facts("notice.covered", "source", facts.COVERED_NOTICES),
        _facts("notice.lapsing", "source", facts.LAPSING_NOTICES),
        _facts("subsidy.granted", "copy", facts.GRANTED),
        _facts("contribution.due", "copy", facts.DUE),
        _facts("contribution.paid", "copy", facts.PAID),
        _facts("contribution.unfunded", "copy", facts.UNFUNDED),
    ),
)
