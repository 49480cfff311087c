"""From files to settled months: the whole way of an employer's contribution."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from services.compliance import store
from shared.contracts.events.contribution_due import ContributionDue
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.contracts.events.employer_late import EmployerLate
from shared.contracts.events.employer_registered import EmployerRegistered
from shared.contracts.events.employer_reported import EmployerReported
from shared.contracts.events.employer_settled import EmployerSettled
from shared.periods import Month
from tests.compliance.office import KOPI, SAWIT, Office, wage_rows

MONTH = "2026-10"
# 3 wages of 5, 6 and 12 million: JKK 0.89 %, JKM 0.30 %, JHT 5.7 %, JP 3 % up to 11,086,300.
SAWIT_DUE = 204_700 + 69_000 + 1_311_000 + 150_000 + 180_000 + 332_589
KOPI_DUE = 7_200 + 9_000


async def _october(office: Office) -> None:
    await office.employers(SAWIT, KOPI)
    await office.wages(
        *wage_rows("KA0001", MONTH, (5_000_000, 6_000_000, 12_000_000)), *wage_rows("KA0002", MONTH, (3_000_000,), 9)
    )


async def test_the_whole_way(office: Office, tmp_path: Path) -> None:
    await _october(office)
    done = await office.assess(MONTH)
    assert (done["assessed"], done["workers"], done["due_rupiah"]) == (2, 4, SAWIT_DUE + KOPI_DUE)
    assert (await office.assess(MONTH))["assessed"] == 0
    due = {str(event.subject_id): event for event in await office.world.emitted(ContributionDue)}
    assert len(due) == 2
    sawit = next(event for event in due.values() if event.worker_count == 3)
    assert sawit.amounts_rupiah == {"JKK": 204_700, "JKM": 69_000, "JHT": 1_311_000, "JP": 662_589}
    assert (sawit.due_on, sawit.tariff, sawit.payer_kind) == (date(2026, 11, 16), "pu-2021-02", "employer")
    # The warung pays in time, the plantation a part of it after the due date.
    await office.payments(f"KA0002,{MONTH},P-1,{KOPI_DUE},0,2026-11-09")
    settled = await office.world.emitted(EmployerSettled)
    assert [(event.paid_rupiah, event.in_time) for event in settled] == [(KOPI_DUE, True)]
    office.travel(date(2026, 11, 17))
    await office.world.run_job("age-contributions", "2026-11-17")
    late = await office.world.emitted(EmployerLate)
    fine = round(SAWIT_DUE * 2 / 100)
    assert [(e.months_late, e.outstanding_rupiah, e.fine_rupiah, e.ageing_class) for e in late] == [
        (1, SAWIT_DUE, fine, "lancar")
    ]
    await office.world.run_job("age-contributions", "2026-11-18")
    assert (await office.age("2026-11-17"))["announced"] == 0
    office.travel(date(2026, 12, 1))
    await office.payments(f"KA0001,{MONTH},P-2,{SAWIT_DUE},{fine},2026-11-30")
    paid = await office.world.emitted(ContributionPaid)
    assert [event.outstanding_rupiah for event in paid] == [0, 0]
    assert paid[1].fine_rupiah == fine
    settled = await office.world.emitted(EmployerSettled)
    assert (settled[1].fine_paid_rupiah, settled[1].in_time, settled[1].settled_on) == (fine, False, date(2026, 11, 30))
    figures = await office.get("/v1/summary")
    assert (figures["employers"], figures["reported"], figures["assessed"], figures["settled"]) == (2, 2, 2, 2)
    assert (figures["late"], figures["fines_rupiah"], figures["cases"]) == (0, fine, 0)
    assert await office.broken(tmp_path / "facts") == set()
    employer = settled[1].employer_id
    assert await office.world.facts("notice.employer-late", "source", tmp_path / "facts") == {f"{employer}|{MONTH}": ""}
    assert len(await office.world.emitted(EmployerRegistered)) == len(await office.world.emitted(EmployerReported)) == 2


async def test_a_report_that_comes_after_the_lock_waits_for_the_next_assessment(office: Office) -> None:
    await office.employers(SAWIT, KOPI)
    await office.wages(*wage_rows("KA0001", "2026-10", (5_000_000,)))
    async with office.world.database.transaction() as tx:
        locked = await store.assessment.lock_employers(tx, Month(2026, 10), ["64"])
        await office.wages(*wage_rows("KA0002", "2026-10", (3_000_000,)))
        pending = await store.assessment.pending(tx, Month(2026, 10), locked)
        assert [report.employer_id for report in pending] == locked
    assert (await office.assess("2026-10"))["assessed"] == 2
