"""What enrolment decides, without a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.rules.answers import AnswerMalformedError, parse_answers, parse_name
from services.enrolment.rules.eligibility import Applicant, decide, years_between
from services.enrolment.rules.lapse import lapsed_on, last_due_months, pay_by, standing
from services.enrolment.rules.limits import Limits, LimitsTable, LimitsUnknownError
from services.enrolment.rules.membership import (
    COVERED,
    MOVES,
    Acceptance,
    MoveNotAllowedError,
    move,
    on_accepted,
)
from services.enrolment.rules.occupations import Occupations
from services.enrolment.rules.states import MembershipStatus
from shared.business_calendar import BusinessCalendar
from shared.due_dates import DueDates
from shared.periods import Month

TODAY = date(2026, 11, 10)
LIMITS = Limits("test", 18, 65, 4)
DUE = DueDates(BusinessCalendar())
OCT, NOV, DEC = Month(2026, 10), Month(2026, 11), Month(2026, 12)
MONTHS = (OCT, NOV, DEC)


def applicant(**values: object) -> Applicant:
    fits = {
        "birth_date": date(1980, 1, 1),
        "is_working": True,
        "decile": 4,
        "is_deceased": False,
        "is_employed": False,
        "is_occupation_listed": True,
    }
    return Applicant(**{**fits, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({}, ()),
        ({"is_deceased": True}, ("deceased",)),
        ({"is_employed": True}, ("employed",)),
        ({"is_working": False}, ("not-working",)),
        ({"decile": 5}, ("not-poor",)),
        ({"is_occupation_listed": False}, ("occupation-not-listed",)),
        ({"birth_date": date(2008, 11, 10)}, ()),
        ({"birth_date": date(2008, 11, 11)}, ("too-young",)),
        ({"birth_date": date(1961, 11, 10)}, ("too-old",)),
        ({"birth_date": date(1961, 11, 11)}, ()),
        (
            {"is_occupation_listed": False, "decile": 9, "is_deceased": True},
            ("deceased", "not-poor", "occupation-not-listed"),
        ),
    ],
)
def test_who_may_take_part(values: dict[str, object], reasons: tuple[str, ...]) -> None:
    decision = decide(applicant(**values), LIMITS, TODAY)
    assert decision.reasons == reasons
    assert decision.outcome == ("rejected" if reasons else "verified")
    assert {check for check, holds in decision.checks.items() if not holds} == set(reasons)


def test_a_birthday_on_29_february() -> None:
    assert years_between(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert years_between(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_limits_change_with_their_decree(tmp_path: Path) -> None:
    table = LimitsTable()
    assert table.on(date(2025, 2, 4)).version != table.on(date(2025, 2, 5)).version == "eligibility-2025-02-05"
    with pytest.raises(LimitsUnknownError, match="add one with its decree"):
        table.on(date(2000, 1, 1))
    twice = tmp_path / "twice.csv"
    twice.write_text(
        "limit,value,first_day,last_day,source,confidence\n"
        "max-decile,4,2025-01-01,,a,CONFIRMED\nmax-decile,5,2025-06-01,,b,CONFIRMED\n"
    )
    with pytest.raises(ValueError, match="end the older one"):
        LimitsTable(twice)


def test_a_disability_is_not_shown() -> None:
    occupations = Occupations()
    assert occupations.is_listed("P19")
    assert occupations.public_code("P19") == "P23"
    assert occupations.is_listed("P23"), "the neutral code must be one that others have as well"
    assert occupations.public_code("K11") == "K11"
    assert not occupations.is_listed("K05")
    assert not occupations.is_listed("Z99")


def test_memberships_move_as_stated() -> None:
    for before in MembershipStatus:
        for after in MembershipStatus:
            if (before, after) in MOVES:
                assert move(before, after) is after
            else:
                with pytest.raises(MoveNotAllowedError):
                    move(before, after)
    assert {status for status in MembershipStatus if on_accepted(status) is Acceptance.ENROLS} == {
        "verified",
        "lapsed",
        "exited",
    }
    assert {status for status in MembershipStatus if on_accepted(status) is Acceptance.ALREADY_COVERED} == COVERED


@pytest.mark.parametrize(
    ("is_open", "day", "status", "unpaid"),
    [
        ((False, False, False), date(2026, 12, 16), MembershipStatus.ENROLLED, ()),
        ((True, True, False), date(2026, 12, 16), MembershipStatus.ENROLLED, ()),
        ((False, False, True), date(2026, 12, 16), MembershipStatus.LAPSING, (DEC,)),
        ((True, False, True), date(2026, 12, 16), MembershipStatus.LAPSING, (DEC,)),
        ((False, True, True), date(2026, 12, 16), MembershipStatus.LAPSING, (NOV, DEC)),
        ((True, True, True), date(2026, 12, 31), MembershipStatus.LAPSING, (OCT, NOV)),
        ((True, True, True), date(2027, 1, 1), MembershipStatus.LAPSED, MONTHS),
    ],
)
def test_unpaid_months_in_a_row(
    is_open: tuple[bool, ...], day: date, status: MembershipStatus, unpaid: tuple[Month, ...]
) -> None:
    now = standing(MONTHS, is_open, day)
    assert (now.status, now.unpaid) == (status, unpaid)


def test_the_clock_looks_at_months_past_their_due_date() -> None:
    # 15 November 2026 is a Sunday: due on the 16th, so the month is open from the 17th on.
    assert last_due_months(date(2026, 11, 16), DUE)[-1] == OCT
    assert last_due_months(date(2026, 11, 17), DUE) == (Month(2026, 9), OCT, NOV)
    assert pay_by((OCT, NOV), DUE) == date(2026, 12, 15)
    assert lapsed_on(MONTHS) == date(2027, 1, 1)
    # The holidays of 2027 are not decreed: the plain 15th until they are.
    assert pay_by((NOV, DEC), DUE) == date(2027, 1, 15)


@given(st.lists(st.booleans(), min_size=3, max_size=3), st.dates(date(2026, 12, 16), date(2027, 1, 14)))
def test_a_standing_follows_only_from_the_last_months_in_a_row(is_open: list[bool], day: date) -> None:
    now = standing(MONTHS, is_open, day)
    run = 0
    for unpaid in reversed(is_open):
        if not unpaid:
            break
        run += 1
    assert (now.status is MembershipStatus.ENROLLED) == (run == 0)
    assert (now.status is MembershipStatus.LAPSED) == (run == 3 and day.year == 2027)


GROUP = "00000000-0000-0000-0000-0000000000a1"


def test_names_of_answers() -> None:
    whole, part = parse_name(f"group-answer_{GROUP}_3.csv"), parse_name(f"group-answer_{GROUP}_3_2.csv")
    assert whole is not None
    assert part is not None
    assert (whole.list_number, whole.part, part.list_number, part.part) == (3, 1, 3, 2)
    for name in (f"group-list_{GROUP}_3.csv", f"group-answer_{GROUP}.csv", "group-answer_x_1.csv", "../x.csv"):
        assert parse_name(name) is None
    assert parse_name(f"group-answer_{'-' * 36}_3.csv") is None


def test_malformed_answers_are_refused_and_free_text_is_not_kept() -> None:
    good = {"worker_ref": GROUP, "status": "accepted", "kpj": "12345678901", "reason": "", "accepted_on": "2026-11-10"}
    assert parse_answers([good])[0].kpj == "12345678901"
    for name, value in (
        ("worker_ref", "x"),
        ("status", "maybe"),
        ("kpj", "123"),
        ("accepted_on", "2026-13-01"),
    ):
        with pytest.raises(AnswerMalformedError, match="row 2"):
            parse_answers([good, {**good, name: value}])
    spoken = parse_answers([{**good, "status": "rejected", "reason": "Siti Aminah, NIK salah"}])
    assert spoken[0].reason == "other"
    coded = parse_answers([{**good, "status": "rejected", "reason": "nik-mismatch"}])
    assert coded[0].reason == "nik-mismatch"
