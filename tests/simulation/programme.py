"""What the people of the programme do: rosters, funding lines, decrees, month runs, bills and payment orders.

They act on what they see: each visit to a desk looks at the database, as the web page would, and gives the commands
that are due. So a visit that comes too early does nothing, and the next one does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from services.enrolment.adapters.sealing import KeysInUse
from services.enrolment.handlers import rosters
from services.subsidy.app import RULEBOOK
from services.subsidy.handlers import bills, decrees, disbursements, funding, runs
from services.subsidy.rules.decree import DecreeTerms
from services.subsidy.rules.values import Amounts
from services.subsidy.store.funding import Funding
from services.subsidy.tables import FundingLine
from shared.access.areas import AreaScope
from shared.clock import local_date
from shared.contracts.events.worker_employed import WorkerEmployed
from shared.ids import EmployerId
from shared.messaging.outbox import UnitOfWork
from shared.periods import Month
from tests.simulation.population import MemoryFile, Person, roster
from tests.simulation.world import World

PROVINCE: Final = AreaScope.of("64")
OWNER, APPROVER, TREASURER = "owner", "approver", "treasurer"
_ACCOUNTS: Final = {"JKK": "5.1.02.02.02.0006", "JKM": "5.1.02.02.02.0007"}
_BILLABLE: Final = """
SELECT month_run_id FROM month_run r WHERE NOT assessing AND EXISTS (
    SELECT FROM contribution c WHERE c.month_run_id = r.month_run_id
    AND NOT EXISTS (SELECT FROM bill b WHERE b.bill_id = c.bill_id)
) ORDER BY month_run_id
"""


@dataclass(frozen=True)
class Line:
    """A funding line of the seed: its reference, whose money, and for how many worker-months it lasts."""

    reference: str
    source: str
    region: str
    worker_months: int

    def amounts(self, factor: int = 1) -> Amounts:
        """Its budget."""
        return Amounts(10_000 * self.worker_months * factor, 6_800 * self.worker_months * factor)


async def upload_roster(world: World, people: Sequence[Person]) -> None:
    """A village officer brings a list."""
    sealing = KeysInUse.from_files(world.nodes["enrolment"].machine.settings)  # type: ignore[arg-type]
    content = roster(people)
    await world.command(
        "enrolment",
        f"a roster of {len(people)} is uploaded",
        lambda uow: rosters.receive_roster(uow, MemoryFile(content), "officer-1", ["64"], sealing),
        "read-rosters",
    )


async def accept_rosters(world: World) -> None:
    """Another officer accepts what was read."""
    for row in await world.nodes["enrolment"].rows("SELECT roster_id FROM roster WHERE state = 'read'"):
        await world.command(
            "enrolment",
            "a roster is accepted",
            partial(rosters.accept_roster, roster_id=row[0], accepted_by="officer-2"),
            "register-rosters",
        )


async def open_line(world: World, line: Line) -> None:
    """One drafts a funding line, another opens it."""

    def made(uow: UnitOfWork) -> Funding:
        row = FundingLine(
            funding_line_id=uow.ids.next(),
            version=1,
            reference=line.reference,
            funding_source=line.source,
            region_code=line.region,
            office="Disnakertrans",
            budget_year=2026,
            first_month="2026-01",
            last_month="2026-12",
            legal_basis="DPA-SKPD 2026",
            state="draft",
            created_by=OWNER,
            created_at=uow.moment,
        )
        return Funding(row, line.amounts(), dict(_ACCOUNTS))

    await world.command(
        "subsidy", f"funding line {line.reference} is drafted", lambda uow: funding.draft_line(uow, made(uow))
    )
    for line_id in await _line_ids(world, line):
        await world.command(
            "subsidy",
            f"funding line {line.reference} is opened",
            partial(funding.approve_line, line_id=line_id, actor=APPROVER, areas=PROVINCE),
        )


async def amend_line(world: World, line: Line, factor: int) -> None:
    """The line gets another budget."""
    for line_id in await _line_ids(world, line):
        await world.command(
            "subsidy",
            f"another budget is asked for {line.reference}",
            partial(
                funding.draft_amendment,
                line_id=line_id,
                amounts=line.amounts(factor),
                legal_basis="APBD-P 2026",
                actor=OWNER,
                areas=PROVINCE,
            ),
        )
    question = "SELECT funding_line_id, amendment_id FROM funding_amendment WHERE state = 'draft' ORDER BY amendment_id"
    for row in await world.nodes["subsidy"].rows(question):
        await world.command(
            "subsidy",
            "a budget is amended",
            partial(funding.approve_amendment, line_id=row[0], amendment_id=row[1], actor=APPROVER, areas=PROVINCE),
            "assess",
        )


async def decree(world: World, line: Line, number: str, months: tuple[Month, Month], include_promised: bool) -> None:
    """One freezes the list, another puts it in force."""
    for line_id in await _line_ids(world, line):
        terms = DecreeTerms(number, line_id, *months, (line.region,), None, 1)
        await world.command(
            "subsidy",
            f"decree {number} is drafted",
            partial(decrees.draft_decree, terms=terms, actor=OWNER, areas=PROVINCE, include_promised=include_promised),
        )
    question = "SELECT decree_id, content_sha256 FROM decree WHERE state = 'draft' ORDER BY decree_id"
    for row in await world.nodes["subsidy"].rows(question):
        await world.command(
            "subsidy",
            "a decree is in force",
            partial(decrees.approve_decree, decree_id=row[0], approved_sha256=row[1], actor=APPROVER, areas=PROVINCE),
            "grant",
        )


async def run_month(world: World, line: Line, month: Month) -> None:
    """The owner opens the month's run."""
    for line_id in await _line_ids(world, line):
        await world.command(
            "subsidy",
            f"the run of {month} is opened for {line.reference}",
            partial(runs.open_run, line_id=line_id, month=month, actor=OWNER, areas=PROVINCE, rulebook=RULEBOOK),
            "assess",
        )


async def run_again(world: World, month: Month) -> None:
    """Whoever has no payer yet is looked at again."""
    for row in await world.nodes["subsidy"].rows(
        "SELECT month_run_id FROM month_run WHERE month = $1 ORDER BY month_run_id", str(month)
    ):
        await world.command(
            "subsidy",
            f"{month} is run again",
            partial(runs.run_again, run_id=row[0], actor=OWNER, areas=PROVINCE),
            "assess",
        )


async def cut_bills(world: World) -> None:
    """The treasurer cuts bills over what stands on none."""
    for row in await world.nodes["subsidy"].rows(_BILLABLE):
        await world.command(
            "subsidy",
            "bills are cut",
            partial(bills.cut_bills, run_id=row[0], actor=TREASURER, areas=PROVINCE),
            "send",
        )


async def order_payments(world: World) -> None:
    """SPP, SPM and SP2D of every bill that BPJS has answered rightly."""
    subsidy = world.nodes["subsidy"]
    for row in await subsidy.rows("SELECT bill_id FROM bill WHERE state = 'billed' ORDER BY bill_id"):
        await _document(world, "SPP", row[0])
    for row in await subsidy.rows("SELECT disbursement_id FROM disbursement WHERE state = 'submitted' ORDER BY 1"):
        await _document(world, "SPM", row[0])
    for row in await subsidy.rows("SELECT disbursement_id FROM disbursement WHERE state = 'approved' ORDER BY 1"):
        await _document(world, "SP2D", row[0])


async def find_wage_worker(world: World, place: int, first: Month, until: Month | None) -> None:
    """Compliance has found that one of the people is, or was, a wage worker: it is told as it will be."""
    question = (
        "SELECT worker_id FROM worker WHERE enrolment_number > 0 ORDER BY roster_id, row_number OFFSET $1 LIMIT 1"
    )
    for row in await world.nodes["enrolment"].rows(question, place):
        found = WorkerEmployed(
            aggregate_version=world.next_number(f"employed {place} {until}"),
            worker_id=row[0],
            employer_id=EmployerId(UUID(int=place + 1)),
            employed_from=first,
            employed_until=until,
            source="wage-report",
        )

        async def work(uow: UnitOfWork, found: WorkerEmployed = found) -> None:
            uow.emit(found)

        await world.command("compliance", f"person {place} is a wage worker from {first} to {until}", work)


async def _document(world: World, kind: str, subject: UUID) -> None:
    number = f"{kind}-{world.next_number(f'{kind} {subject}')}"

    async def work(uow: UnitOfWork) -> None:
        if kind == "SPP":
            await disbursements.submit(uow, subject, number, TREASURER, PROVINCE)
        elif kind == "SPM":
            await disbursements.approve(uow, subject, number, APPROVER, PROVINCE)
        else:
            await disbursements.instruct(uow, subject, number, local_date(uow.moment), TREASURER, PROVINCE)

    await world.command("subsidy", f"{kind} is recorded", work, *(("send",) if kind == "SP2D" else ()))


async def _line_ids(world: World, line: Line) -> list[UUID]:
    question = "SELECT funding_line_id FROM funding_line WHERE reference = $1"
    return [row[0] for row in await world.nodes["subsidy"].rows(question, line.reference)]
