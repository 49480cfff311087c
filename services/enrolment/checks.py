"""What enrolment promises of its own rows, and what it and subsidy or notification must agree on."""

from __future__ import annotations

from services.enrolment import store
from services.enrolment.rules.membership import MOVES
from services.enrolment.rules.states import MembershipStatus
from shared.verification import Verification, check, facts

_MOVES = sorted([f">{MembershipStatus.REGISTERED}", *(f"{before}>{after}" for before, after in MOVES)])


VERIFICATION = Verification(
    checks=(
        check("roster-counts", "The rows of every roster add up.", store.checks.ROSTER_COUNTS),
        check("rows-registered", "Every acceptable row became one worker.", store.checks.ROWS_REGISTERED),
        check("files-forgotten", "Files are destroyed once they are done with.", store.checks.FILES_FORGOTTEN),
        check("one-decision", "Every worker has one decision in force.", store.checks.ONE_DECISION),
        check("one-person", "Every worker has one entry in the vault.", store.checks.ONE_PERSON),
        check("history", "Every membership is what its history says.", store.checks.HISTORY, _MOVES),
        check("enrolments", "Memberships and enrolments agree.", store.checks.ENROLMENTS),
        check("cover", "Every month that a run covered has a line or a reason.", store.checks.COVER),
        check("one-line", "A worker's month has one contribution.", store.checks.ONE_LINE),
        check("amounts", "Nothing is paid that was not due, nor more than that.", store.checks.AMOUNTS),
        check("lists", "Group lists hold who they say.", store.checks.LISTS),
        check("members", "Grants, groups, acceptances and enrolments agree.", store.checks.MEMBERS),
        check("check-lists", "Every NIK that a check list added is kept.", store.checks.CHECK_LISTS),
        check("notices", "Nobody lapses unwarned, nobody is warned without cover.", store.checks.NOTICES),
    ),
    facts=(
        facts("worker.decision", "source", store.facts.DECISIONS),
        facts("worker.enrolled", "source", store.facts.ENROLLED),
        facts("notice.registered", "source", store.facts.REGISTERED_NOTICES),
        facts("notice.covered", "source", store.facts.COVERED_NOTICES),
        facts("notice.lapsing", "source", store.facts.LAPSING_NOTICES),
        facts("subsidy.granted", "copy", store.facts.GRANTED),
        facts("contribution.due", "copy", store.facts.DUE),
        facts("contribution.paid", "copy", store.facts.PAID),
        facts("contribution.unfunded", "copy", store.facts.UNFUNDED),
    ),
)
