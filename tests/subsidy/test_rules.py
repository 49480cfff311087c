"""The pure decisions: tariff with its law, budget, double entry, matching, eligibility."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.subsidy import rules
from services.subsidy.rules.assessment import Standing, Verdict, assess
from services.subsidy.rules.budget import affordable, forecast
from services.subsidy.rules.decree import DecreeTerms, content_sha256
from services.subsidy.rules.ledger import MOVES, Move, journal
from services.subsidy.rules.matching import Expected, ReceivedBill, bill_differences
from services.subsidy.rules.rulebook import Rulebook
from services.subsidy.rules.tariff import Rate, TariffUnknownError, load_tariff
from services.subsidy.rules.values import Amounts, total_of
from shared.business_calendar import BusinessCalendar
from shared.due_dates import DueDates
from shared.invariants import InvariantError
from shared.periods import Month

TARIFF = load_tariff()
FOLDER = Path(rules.__file__).parent
rupiah = st.integers(0, 10**12)
amounts = st.builds(Amounts, rupiah, rupiah)


def rate(month: str, *, sector: str = "other", source: str = "apbd-province", band: int = 1) -> Rate:
    return TARIFF.rate(band=band, sector=sector, funding_source=source, month=Month.parse(month))


@pytest.mark.parametrize(
    ("month", "sector", "source", "jkk", "jkm"),
    [
        ("2026-11", "other", "apbd-province", 10_000, 6_800),  # APBD keeps the full rate
        ("2026-11", "transport", "apbd-regency", 10_000, 6_800),
        ("2026-11", "other", "dbh-sawit", 10_000, 6_800),
        ("2026-11", "other", "village", 10_000, 6_800),
        ("2026-11", "other", "csr", 5_000, 3_400),  # PP 50/2025: 8,400
        ("2026-03", "other", "csr", 10_000, 6_800),  # other workers from April
        ("2026-04", "other", "csr", 5_000, 3_400),
        ("2026-12", "other", "csr", 5_000, 3_400),
        ("2027-01", "other", "csr", 10_000, 6_800),
        ("2025-12", "transport", "csr", 10_000, 6_800),
        ("2026-01", "transport", "csr", 5_000, 3_400),  # transport from January to March of the next year
        ("2027-03", "transport", "csr", 5_000, 3_400),
        ("2027-04", "transport", "csr", 10_000, 6_800),
        ("2026-11", "other", "somebody-new", 10_000, 6_800),  # unknown: never underpaid
    ],
)
def test_what_a_month_costs(month: str, sector: str, source: str, jkk: int, jkm: int) -> None:
    assert rate(month, sector=sector, source=source).amounts == Amounts(jkk, jkm)


def test_a_rate_names_its_tariff_and_cites_every_row_that_decided() -> None:
    full, reduced = rate("2026-11"), rate("2026-11", source="csr")
    assert (full.tariff, reduced.tariff) == ("bpu-2015-07", "bpu-2015-07-pp50-2025")
    assert "16,800" in full.citations[0]
    assert "keep the full rate" in full.citations[1]
    assert "PP 50/2025 Art. 4(1)" in reduced.citations[1]


def test_every_band_costs_what_the_law_says() -> None:
    assert [rate("2026-11", band=band).amounts.jkk_rupiah for band in (1, 2, 10, 33)] == [
        10_000,
        12_000,
        29_500,
        207_000,
    ]
    assert {rate("2026-11", band=band).amounts.jkm_rupiah for band in range(1, 34)} == {6_800}
    with pytest.raises(TariffUnknownError):
        rate("2026-11", band=34)
    with pytest.raises(TariffUnknownError):
        rate("2015-06")


def test_drivers_and_riders_are_transport_workers() -> None:
    assert {TARIFF.sector_of(code) for code in ("K14", "K81", "P03", "P04", "P05")} == {"transport"}
    assert {TARIFF.sector_of(code) for code in ("K11", "P08", "Z99")} == {"other"}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("bpu_bands.csv", "bpu-2030-01,1,2030-01,,0,1,1,1,1,law,CONFIRMED\n"),
        ("bpu_relief.csv", "new,other,any,2026-12,,JKK,10,law,CONFIRMED\n"),
        ("bpu_relief.csv", "new,other,any,2030-01,,JHT,10,law,CONFIRMED\n"),
        ("bpu_relief.csv", "new,other,any,2030-01,,JKK,10,,CONFIRMED\n"),
    ],
)
def test_tables_that_contradict_themselves_or_cite_nothing_are_refused(tmp_path: Path, file: str, line: str) -> None:
    for path in FOLDER.glob("*.csv"):
        (tmp_path / path.name).write_text(path.read_text() + (line if path.name == file else ""))
    with pytest.raises(ValueError, match=r"end the older one|correct the row|add what is missing"):
        load_tariff(tmp_path)


def test_the_fifteenth_of_the_same_month_or_the_next_working_day() -> None:
    book = Rulebook(TARIFF, DueDates(BusinessCalendar()), 6)
    assert book.due_on(Month(2026, 10)) == date(2026, 10, 15)
    assert book.due_on(Month(2026, 11)) == date(2026, 11, 16)
    assert book.due_on(Month(2098, 11)) is None  # nobody has decreed its holidays
    assert book.due_on(Month(2020, 9)) is None  # PP 49/2020 set other days


@given(available=amounts, costs=st.lists(st.builds(Amounts, st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30))
def test_affordable_is_the_longest_beginning_that_fits(available: Amounts, costs: list[Amounts]) -> None:
    count = affordable(available, costs)
    assert total_of(costs[:count]).fits(available)
    assert count == len(costs) or not total_of(costs[: count + 1]).fits(available)


def test_nobody_is_passed_over_for_somebody_cheaper() -> None:
    assert affordable(Amounts(10, 10), [Amounts(6, 6), Amounts(6, 6), Amounts(1, 1)]) == 1


@given(move=st.sampled_from(Move), moved=amounts.filter(any))
def test_every_journal_conserves_money(move: Move, moved: Amounts) -> None:
    entries = journal(move, moved)
    source, target = MOVES[move]
    for programme, amount_rupiah in moved.by_programme().items():
        of_it = {entry.account: entry.amount_rupiah for entry in entries if entry.programme == programme}
        assert of_it == ({target: amount_rupiah, source: -amount_rupiah} if amount_rupiah else {})


@pytest.mark.parametrize("moved", [Amounts(0, 0), Amounts(-1, 5)])
def test_money_moves_forward_or_not_at_all(moved: Amounts) -> None:
    with pytest.raises(InvariantError):
        journal(Move.RESERVE, moved)


def test_only_a_budget_can_be_cut() -> None:
    assert sum(entry.amount_rupiah for entry in journal(Move.BUDGET, Amounts(-5, 0))) == 0


@pytest.mark.parametrize(
    ("available", "last", "warn"),
    [
        (Amounts(500, 500), "2026-12", False),  # five months, as many as are left
        (Amounts(499, 500), "2026-11", True),  # one programme runs out before the other
        (Amounts(99, 500), None, True),
    ],
)
def test_a_line_is_warned_of_when_it_will_not_reach_its_last_month(available: Amounts, last: str, warn: bool) -> None:
    coming = forecast(
        available=available,
        monthly_need=Amounts(100, 100),
        run_month=Month(2026, 7),
        last_month=Month(2026, 12),
        warn_below=6,
    )
    assert (coming.last_funded_month and str(coming.last_funded_month), coming.warn) == (last, warn)


def test_it_is_not_warned_of_while_enough_months_are_left() -> None:
    far: dict[str, Any] = {"available": Amounts(600, 600), "run_month": Month(2026, 1), "last_month": Month(2026, 12)}
    assert not forecast(**far, monthly_need=Amounts(100, 100), warn_below=6).warn
    assert forecast(**far, monthly_need=Amounts(100, 100), warn_below=7).warn


ENROLLED = Standing("verified", "2026-10", 5, 0, 0, None, None, None)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.ASSESS),
        ({"cover_from": None, "enrolled_version": 0}, Verdict.WAIT),
        ({"cover_from": "2026-12"}, Verdict.WAIT),
        ({"cover_from": "2026-11"}, Verdict.ASSESS),
        ({"lapsed_version": 6}, Verdict.WAIT),
        ({"lapsed_version": 4}, Verdict.ASSESS),  # enrolled again since
        ({"exited_version": 6, "last_covered_month": "2026-10"}, Verdict.WAIT),
        ({"exited_version": 6, "last_covered_month": "2026-11"}, Verdict.ASSESS),
        ({"exited_version": 6}, Verdict.WAIT),
        ({"exited_version": 6, "last_covered_month": "2026-11", "employed_from": "2026-11"}, Verdict.REFUSE),
        ({"participant_kind": "pu"}, Verdict.REFUSE),
        ({"exited_version": 4, "last_covered_month": "2026-10"}, Verdict.ASSESS),
        ({"decision": "rejected"}, Verdict.REFUSE),
        ({"employed_from": "2026-11"}, Verdict.REFUSE),
        ({"employed_from": "2026-12"}, Verdict.ASSESS),
        ({"employed_from": "2026-01", "employed_until": "2026-10"}, Verdict.ASSESS),
        ({"employed_from": "2026-01", "employed_until": "2026-11"}, Verdict.REFUSE),
    ],
)
def test_who_is_assessed(changes: dict[str, object], verdict: str) -> None:
    assert assess(dataclasses.replace(ENROLLED, **changes), "2026-11") == verdict  # type: ignore[arg-type]


EXPECTED = Expected(UUID(int=1), UUID(int=2), "2026-11", 2, Amounts(20_000, 13_600))
ANSWER = ReceivedBill(
    bill_id=str(UUID(int=1)),
    kode_iuran="012345678901",
    group_id=str(UUID(int=2)),
    month="2026-11",
    worker_count=2,
    amounts=Amounts(20_000, 13_600),
    total_rupiah=33_600,
    trailer_rupiah=33_600,
    due_on=date(2026, 11, 16),
)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bill_id": str(UUID(int=3))}, "bill-reference"),
        ({"kode_iuran": "123"}, "kode-iuran-malformed"),
        ({"group_id": str(UUID(int=3))}, "group"),
        ({"month": "2026-10"}, "month"),
        ({"worker_count": 3}, "worker-count"),
        ({"amounts": Amounts(20_001, 13_599)}, "jkk-amount"),
        ({"total_rupiah": 33_601, "trailer_rupiah": 33_601}, "total"),
        ({"trailer_rupiah": 33_601}, "total"),
    ],
)
def test_a_bill_that_differs_is_named_by_what_differs(changes: dict[str, object], code: str) -> None:
    assert bill_differences(EXPECTED, ANSWER) == []
    assert code in bill_differences(EXPECTED, dataclasses.replace(ANSWER, **changes))  # type: ignore[arg-type]


def test_every_part_of_a_decree_changes_its_hash() -> None:
    terms = DecreeTerms("SK-1", UUID(int=1), Month(2026, 1), Month(2026, 12), ("6402",), 10, 1)
    others = [
        dataclasses.replace(terms, number="SK-2"),
        dataclasses.replace(terms, funding_line_id=UUID(int=2)),
        dataclasses.replace(terms, first_month=Month(2026, 2)),
        dataclasses.replace(terms, last_month=Month(2026, 11)),
        dataclasses.replace(terms, region_codes=("6402", "6403")),
        dataclasses.replace(terms, max_workers=None),
        dataclasses.replace(terms, income_band=2),
    ]
    hashes = {content_sha256(one, 5, "list") for one in [terms, *others]}
    hashes |= {content_sha256(terms, 6, "list"), content_sha256(terms, 5, "other")}
    assert len(hashes) == 10
