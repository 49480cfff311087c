"""What is owed and paid over time: waiting money, overpayment, corrections, delays, in any order."""

from __future__ import annotations

import asyncio
import itertools
from datetime import date
from pathlib import Path

from services.compliance.rules.rulebook import load_rulebook
from services.compliance.rules.tariff import CHARGED
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.employer_settled import EmployerSettled
from shared.periods import Month
from tests.compliance.office import KOPI, SAWIT, Office, officer, wage_rows
from tests.compliance.shares import wage_share

# The warung: class 1, JKK and JKM: 0.54 % of the wage.
DUE = 16_200  # of 3,000,000


async def reported(office: Office, *months: str, wage: int = 3_000_000) -> None:
    """The warung has reported one worker for each month."""
    await office.employers(KOPI)
    for month in months:
        await office.wages(*wage_rows("KA0002", month, (wage,)))


async def test_money_waits_in_sight_until_its_month_is_assessed(office: Office, tmp_path: Path) -> None:
    await reported(office, "2026-09", "2026-10")
    await office.assess("2026-09")
    await office.payments(f"KA0002,2026-10,P-1,{DUE},0,2026-11-09")
    (case,) = (await office.get("/v1/cases"))["items"]
    assert (case["kind"], case["contribution_left_rupiah"], case["month"]) == ("waiting-for-assessment", DUE, "2026-10")
    assert case["title_en"] == "Payment waits for the assessment"
    assert case["advice_id"].endswith("Minta laporan upahnya.")
    assert (await office.get("/v1/summary"))["cases"] == 1
    assert (await office.contribution("KA0002", "2026-09"))["paid_rupiah"] == 0
    assert (await office.assess("2026-10"))["settled"] == 1
    assert (await office.get("/v1/cases"))["items"] == []
    paid = await office.world.emitted(ContributionPaid)
    due = await office.world.emitted(ContributionDue)
    assert paid[0].contribution_id == due[1].contribution_id
    assert paid[0].aggregate_version > due[1].aggregate_version
    assert await office.broken(tmp_path) == set()


async def test_too_much_pays_the_oldest_month_and_the_rest_is_a_case(office: Office, tmp_path: Path) -> None:
    await reported(office, "2026-07", "2026-08", "2026-10")
    for month in ("2026-07", "2026-08", "2026-10"):
        await office.assess(month)
    await office.payments(f"KA0002,2026-10,P-1,{DUE + 20_000},0,2026-11-09")
    paid = [(await office.contribution("KA0002", month))["paid_rupiah"] for month in ("2026-07", "2026-08", "2026-10")]
    assert paid == [DUE, 20_000 - DUE, DUE]
    await office.payments(f"KA0002,2026-08,P-2,{DUE},0,2026-11-10")
    (case,) = (await office.get("/v1/cases"))["items"]
    assert (case["kind"], case["contribution_left_rupiah"]) == ("overpaid", 20_000 - DUE)
    events = await office.world.emitted(ContributionPaid)
    assert len({event.payment_id for event in events}) == 2
    assert sum(event.amount_rupiah for event in events) == 3 * DUE
    assert await office.broken(tmp_path) == set()


async def test_payments_are_counted_once(office: Office) -> None:
    await office.employers(SAWIT, KOPI)
    row = f"KA0002,2026-10,P-1,{DUE},0,2026-11-09"
    done = await office.payments(row, row, row.replace(f"{DUE},0", "9,0"), row.replace("KA0002", "KA0001"))
    assert (done["accepted_rows"], done["refused_by_reason"]) == (2, {"payment-number-differs": 2})
    again = await office.payments(row, f"KA0002,2026-09,P-1,{DUE},0,2026-11-09", "KA0001,2026-08,P-1,5,0,2026-11-09")
    assert (again["accepted_rows"], again["refused_by_reason"]) == (2, {"payment-number-differs": 1})
    assert await office.world.value("SELECT count(*) FROM payment") == 2


async def test_a_correction_replaces_what_is_due(office: Office, tmp_path: Path) -> None:
    await reported(office, "2026-10")
    await office.assess("2026-10")
    await office.payments(f"KA0002,2026-10,P-1,{DUE},0,2026-11-09")
    await office.employers(KOPI.replace("mikro,1", "mikro,5"))
    await office.wages(*wage_rows("KA0002", "2026-10", (4_000_000,)))
    done = await office.assess("2026-10")
    assert (done["assessed"], done["revised"], done["due_rupiah"]) == (0, 1, 21_600), (
        "the class of the first assessment"
    )
    row = await office.contribution("KA0002", "2026-10")
    assert (row["due_rupiah"], row["paid_rupiah"], row["settled_on"]) == (21_600, DUE, None)
    await office.wages(*wage_rows("KA0002", "2026-10", (2_000_000,)))
    await office.assess("2026-10")
    row = await office.contribution("KA0002", "2026-10")
    assert (row["due_rupiah"], row["paid_rupiah"], row["settled_on"]) == (10_800, 10_800, date(2026, 11, 9))
    (case,) = (await office.get("/v1/cases"))["items"]
    assert (case["kind"], case["contribution_left_rupiah"]) == ("overpaid", DUE - 10_800)
    due = await office.world.emitted(ContributionDue)
    assert [event.amount_rupiah for event in due] == [DUE, 21_600, 10_800]
    assert len({event.contribution_id for event in due}) == 1
    every = [*due, *await office.world.emitted(ContributionPaid), *await office.world.emitted(EmployerSettled)]
    versions = [event.aggregate_version for event in every]
    assert len(set(versions)) == len(versions)
    assert await office.broken(tmp_path) == set()


async def test_each_begun_month_of_delay_is_announced_once(office: Office, tmp_path: Path) -> None:
    await reported(office, "2026-10")
    await office.assess("2026-10")
    office.travel(date(2027, 6, 30))
    for day in ("2026-11-16", "2026-11-17", "2026-12-16", "2026-12-17", "2026-12-31", "2027-02-20", "2026-12-20"):
        await office.age(day)
    late = await office.world.emitted(EmployerLate)
    month = 324  # 2 % of 16,200
    assert [(e.months_late, e.fine_rupiah, e.as_of, e.ageing_class) for e in late] == [
        (1, month, date(2026, 11, 17), "lancar"),
        (2, 2 * month, date(2026, 12, 17), "lancar"),
        (4, 4 * month, date(2027, 2, 20), "kurang-lancar"),
    ]
    assert [e.aggregate_version for e in late] == [2, 3, 4]
    figures = await office.get("/v1/summary")
    assert (figures["late"], figures["late_rupiah"], figures["fines_rupiah"]) == (1, DUE, 4 * month)
    # Half is paid now: the fine stays, the rest goes on growing.
    await office.payments(f"KA0002,2026-10,P-1,{DUE // 2},{month},2027-02-25")
    await office.age("2027-03-17")
    row = await office.contribution("KA0002", "2026-10")
    assert (row["fine_due_rupiah"], row["fine_paid_rupiah"], row["months_late"]) == (4 * month + 162, month, 5)
    await office.payments(f"KA0002,2026-10,P-2,{DUE // 2},{3 * month + 162},2027-03-20")
    (settled,) = await office.world.emitted(EmployerSettled)
    assert (settled.fine_paid_rupiah, settled.in_time) == (4 * month + 162, False)
    await office.age("2027-06-30")
    assert [e.months_late for e in await office.world.emitted(EmployerLate)] == [1, 2, 4, 5]
    assert await office.broken(tmp_path) == set()
    late_month = await office.world.facts("notice.employer-late", "source", tmp_path)
    assert list(late_month) == [f"{settled.employer_id}|2026-10"]


async def test_a_payment_in_time_that_was_heard_of_late_ends_the_delay_without_a_fine(office: Office) -> None:
    await reported(office, "2026-10")
    await office.assess("2026-10")
    office.travel(date(2026, 11, 20))
    await office.age("2026-11-20")
    await office.payments(f"KA0002,2026-10,P-1,{DUE},0,2026-11-16")
    (settled,) = await office.world.emitted(EmployerSettled)
    assert (settled.in_time, settled.fine_paid_rupiah) == (True, 0)
    assert (await office.contribution("KA0002", "2026-10"))["fine_due_rupiah"] == 0


async def test_an_unpaid_fine_keeps_a_month_unsettled_until_the_next_deposit_brings_it(office: Office) -> None:
    await reported(office, "2026-10", "2026-11")
    await office.assess("2026-10")
    office.travel(date(2026, 12, 10))
    await office.payments(f"KA0002,2026-10,P-1,{DUE},0,2026-11-20")
    assert await office.world.emitted(EmployerSettled) == []
    assert await office.world.emitted(EmployerLate) == []
    await office.assess("2026-11")
    await office.payments(f"KA0002,2026-11,P-2,{DUE},324,2026-12-09")
    settled = {str(event.month): event for event in await office.world.emitted(EmployerSettled)}
    assert (settled["2026-10"].fine_paid_rupiah, settled["2026-11"].fine_paid_rupiah) == (324, 0)
    assert (settled["2026-10"].settled_on, settled["2026-11"].in_time) == (date(2026, 12, 9), True)


async def test_the_order_of_files_does_not_matter(office: Office, tmp_path: Path) -> None:
    orders = {
        f"KA{number:04d}": order for number, order in enumerate(itertools.permutations(("wages", "early", "late")), 10)
    }
    await office.employers(*(KOPI.replace("KA0002", npp) for npp in orders))
    office.travel(date(2026, 12, 20))
    for npp, order in orders.items():
        for step in order:
            if step == "wages":
                await office.wages(*wage_rows(npp, "2026-10", (3_000_000,)))
                await office.assess("2026-10")
            elif step == "early":
                await office.payments(f"{npp},2026-10,P-1-{npp},6200,0,2026-11-10")
            else:
                await office.payments(f"{npp},2026-10,P-2-{npp},10000,200,2026-11-30")
    for npp in orders:
        row = await office.contribution(npp, "2026-10")
        assert (row["paid_rupiah"], row["fine_due_rupiah"], row["settled_on"]) == (DUE, 200, date(2026, 11, 30))
    assert await office.broken(tmp_path) == set()


async def test_postgres_and_python_round_alike(office: Office) -> None:
    rows = [
        f"KA{number:04d},CV Contoh,6472,besar,{number % 5 + 1},,{programmes},1,ya,2021-01-04,,,"
        for number, programmes in enumerate(
            ("JKK+JKM", "JKK+JKM+JHT", "JKK+JKM+JP", "JKK+JKM+JHT+JP+JKP") * 5, start=10
        )
    ]
    await office.employers(*rows)
    wages = [1_001, 4_999_999, 10_547_399, 10_547_400, 10_547_401, 11_086_300, 11_086_301, 3_333_333, 25_000_050]
    for month in ("2026-02", "2026-03"):
        await office.wages(*(line for row in rows for line in wage_rows(row[:6], month, wages)))
        await office.assess(month)
        for row in await office.world.rows(
            "SELECT c.*, (SELECT array_agg(ARRAY[l.jkk_rupiah, l.jkm_rupiah, l.jht_employer_rupiah,"
            " l.jht_worker_rupiah, l.jp_employer_rupiah, l.jp_worker_rupiah] ORDER BY w.wage_rupiah)"
            " FROM assessment_line l JOIN wage_line w USING (report_id, worker_token)"
            " WHERE l.report_id = c.report_id) AS lines FROM contribution c WHERE month = $1",
            month,
        ):
            shares = [
                wage_share(
                    load_rulebook().tariffs.tariff(Month.parse(month)), row["risk_class"], row["programmes"], wage
                )
                for wage in sorted(wages)
            ]
            assert [tuple(line) for line in row["lines"]] == [
                (
                    s.jkk_rupiah,
                    s.jkm_rupiah,
                    s.jht_employer_rupiah,
                    s.jht_worker_rupiah,
                    s.jp_employer_rupiah,
                    s.jp_worker_rupiah,
                )
                for s in shares
            ]
            assert row["due_rupiah"] == sum(share.total_rupiah for share in shares)
    assert len(CHARGED) == 4


async def test_officers_at_work_at_the_same_time_do_everything_once(office: Office, tmp_path: Path) -> None:
    npps = [f"KA{number:04d}" for number in range(10, 30)]
    await office.employers(*(KOPI.replace("KA0002", npp) for npp in npps))
    office.travel(date(2026, 12, 20))
    await office.wages(*(row for npp in npps for row in wage_rows(npp, "2026-10", (3_000_000,))))
    again = [row for npp in npps[:10] for row in wage_rows(npp, "2026-10", (3_000_000, 4_000_000))]
    paid = [[f"{npp},2026-10,P-{part}-{npp},{DUE // 2},0,2026-11-09" for npp in npps] for part in (1, 2)]
    done = await asyncio.gather(
        *(office.assess("2026-10") for _ in range(3)),
        *(office.payments(*rows) for rows in (*paid, *paid)),
        office.wages(*again),
        *(office.age(day) for day in ("2026-11-20", "2026-12-20")),
    )
    assert sum(answer["assessed"] for answer in done if "assessed" in answer) == len(npps)
    await office.assess("2026-10")
    due = {event.contribution_id for event in await office.world.emitted(ContributionDue)}
    assert len(due) == len(npps)
    figures = await office.get("/v1/summary")
    assert (figures["paid_rupiah"], figures["due_rupiah"]) == (20 * DUE, 20 * DUE + 10 * 21_600)
    assert await office.broken(tmp_path) == set()


async def test_months_and_days_that_cannot_be(office: Office) -> None:
    for path, body, code in (
        ("/v1/assessments", {"month": "2026-12"}, "month-not-assessable"),
        ("/v1/assessments", {"month": "2020-10"}, "month-not-assessable"),
        ("/v1/assessments", {"month": "2026-13"}, "validation"),
        ("/v1/ageing-runs", {"as_of": "2026-11-11"}, "as-of-in-future"),
        ("/v1/ageing-runs", {"as_of": "besok"}, "validation"),
    ):
        answer = await office.client.post(path, json=body, headers=officer())
        assert answer.status_code == 422
        assert answer.json()["type"] == f"urn:payung:problem:{code}"
