"""What enrolment promises of its own rows, and what it and subsidy or notification must agree on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal

from services.enrolment import store
from services.enrolment.rules.membership import MOVES
from services.enrolment.rules.states import MembershipStatus
from shared.database import Transaction
from shared.verification import Broken, Check, Facts, Verification

_MOVES = sorted([f">{MembershipStatus.REGISTERED}", *(f"{before}>{after}" for before, after in MOVES)])


def _check(name: str, promise: str, question: str, *arguments: object) -> Check:
    async def find(tx: Transaction) -> Sequence[Broken]:
        return await store.checks.broken(tx, question, *arguments)

    return Check(name, promise, find)


def _facts(name: str, side: Literal["source", "copy"], question: str) -> Facts:
    def stream(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
        return store.facts.stream(tx, question)

    return Facts(name, side, stream)


VERIFICATION = Verification(
    checks=(
        _check("roster-counts", "The rows of every roster add up.", store.checks.ROSTER_COUNTS),
        _check("rows-registered", "Every acceptable row became one worker.", store.checks.ROWS_REGISTERED),
        _check("files-forgotten", "Files are destroyed once they are done with.", store.checks.FILES_FORGOTTEN),
        _check("one-decision", "Every worker has one decision in force.", store.checks.ONE_DECISION),
        _check("one-person", "Every worker has one entry in the vault.", store.checks.ONE_PERSON),
        _check("history", "Every membership is what its history says.", store.checks.HISTORY, _MOVES),
        _check("enrolments", "Memberships and enrolments agree.", store.checks.ENROLMENTS),
        _check("cover", "Every month that a run covered has a line or a reason.", store.checks.COVER),
        _check("one-line", "A worker's month has one contribution.", store.checks.ONE_LINE),
        _check("amounts", "Nothing is paid that was not due, nor more than that.", store.checks.AMOUNTS),
        _check("lists", "Group lists hold who they say.", store.checks.LISTS),
        _check("members", "Grants, groups, acceptances and enrolments agree.", store.checks.MEMBERS),
        _check("check-lists", "Every NIK that a check list added is kept.", store.checks.CHECK_LISTS),
        _check("notices", "Nobody lapses unwarned, nobody is warned without cover.", store.checks.NOTICES),
    ),
    facts=(
        _facts("worker.decision", "source", store.facts.DECISIONS),
        _facts("worker.enrolled", "source", store.facts.ENROLLED),
        _facts("notice.registered", "source", store.facts.REGISTERED_NOTICES),
        _facts("notice.covered", "source", store.facts.COVERED_NOTICES),
        _facts("notice.lapsing", "source", store.facts.LAPSING_NOTICES),
        _facts("subsidy.granted", "copy", store.facts.GRANTED),
        _facts("contribution.due", "copy", store.facts.DUE),
        _facts("contribution.paid", "copy", store.facts.PAID),
        _facts("contribution.unfunded", "copy", store.facts.UNFUNDED),
    ),
)
