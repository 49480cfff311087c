"""The processes of the plain month: a session, a commit and a message for each worker and step."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.assignment import Assignment
from benchmarks.month.plain.tables import (
    BillLine,
    Budget,
    Claim,
    Contribution,
    CoverLine,
    Due,
    Grant,
    Message,
    Paid,
    Payment,
)
from benchmarks.month.rival import GO, JKK_RUPIAH, JKM_RUPIAH, RivalMonth, write_whole
from benchmarks.plain_kit import PlainWork, cloud_headers

_TOTAL_RUPIAH = JKK_RUPIAH + JKM_RUPIAH


class _Plain(PlainWork):
    def __init__(self, assignment: Assignment) -> None:
        super().__init__(assignment)
        self._month = RivalMonth.from_orders(assignment.more)
        self._text = str(self._month.month)

    async def _publish(self, message: BaseModel, topic: str, key: UUID) -> None:
        headers = cloud_headers("subsidy", topic, uuid4(), datetime.now(UTC), str(key))
        await self._broker.publish(message, topic, key=str(key).encode(), headers=headers)


class MoneyWork(_Plain):
    """Assess, bill and pay, one worker after the other. ``done`` counts assessed and paid months."""

    async def run(self, stop: asyncio.Event) -> None:
        """Do the month, then wait for ``stop``."""
        await self._broker.start()
        self.is_ready = True
        if await self._month.until_there(GO, stop):
            last = UUID(int=0)
            while (worker := await self._assess_next(last)) is not None:
                last = worker
            if await self._bill(stop):
                for line in self._month.file("confirmation.csv").read_text(encoding="utf-8").splitlines()[1:-1]:
                    await self._pay(line.split(","))
        await stop.wait()
        await self._close()

    async def _assess_next(self, last: UUID) -> UUID | None:
        async with AsyncSession(self._engine) as session:
            query = select(Grant).where(Grant.worker_id > last).order_by(Grant.worker_id).limit(1)  # type: ignore[arg-type]
            grant = (await session.exec(query)).first()
            budget = await session.get(Budget, 1)
            if grant is None or budget is None or budget.available_rupiah < _TOTAL_RUPIAH:
                return None
            made = Contribution(
                worker_id=grant.worker_id,
                grant_id=grant.grant_id,
                group_id=grant.group_id,
                month=self._text,
                region_code=grant.region_code,
                occupation_code=grant.occupation_code,
                jkk_rupiah=JKK_RUPIAH,
                jkm_rupiah=JKM_RUPIAH,
                due_on=self._month.month.first_day.replace(day=15),
            )
            due = Due(
                subject_id=made.worker_id,
                amounts_rupiah={"JKK": JKK_RUPIAH, "JKM": JKM_RUPIAH},
                amount_rupiah=_TOTAL_RUPIAH,
                funding_line_id=self._month.line_id,
                **made.model_dump(include={"contribution_id", "region_code", "occupation_code", "month"}),
                due_on=made.due_on,
                group_id=made.group_id,
            )
            session.add(made)
            session.add_all(
                Claim(
                    worker_id=made.worker_id,
                    month=made.month,
                    programme=programme,
                    contribution_id=made.contribution_id,
                )
                for programme in due.amounts_rupiah
            )
            budget.available_rupiah -= _TOTAL_RUPIAH
            budget.reserved_rupiah += _TOTAL_RUPIAH
            session.add(budget)
            await session.commit()
        await self._publish(due, self._month.due_topic, due.subject_id)
        self.done += 1
        return due.subject_id

    async def _bill(self, stop: asyncio.Event) -> bool:
        """Put each on the bill, ask for it and pay it; False when ``stop`` came before an answer."""
        bill_id = self._month.identifier("bill")
        lines = ["group_id,month,worker_ref,jkk_rupiah,jkm_rupiah"]
        async with AsyncSession(self._engine) as session:
            contributions = (await session.exec(select(Contribution))).all()
        for one in contributions:
            async with AsyncSession(self._engine) as session:
                session.add(BillLine(contribution_id=one.contribution_id, worker_id=one.worker_id))
                await session.commit()
            lines.append(f"{bill_id},{one.month},{one.worker_id},{one.jkk_rupiah},{one.jkm_rupiah}")
        lines.append(f"TRAILER,{len(contributions)},{len(contributions) * _TOTAL_RUPIAH}\n")
        write_whole(self._month.file("request.csv"), "\n".join(lines))
        if not await self._month.until_there("bill.csv", stop):
            return False
        write_whole(self._month.file("payment.csv"), f"{bill_id},{self._month.kode_iuran}\n")
        return await self._month.until_there("confirmation.csv", stop)

    async def _pay(self, row: list[str]) -> None:
        paid_on, confirmed_on = date.fromisoformat(row[5]), date.fromisoformat(row[6])
        async with AsyncSession(self._engine) as session:
            query = select(Contribution).where(Contribution.worker_id == UUID(row[1]))
            one = (await session.exec(query)).one()
            budget = await session.get_one(Budget, 1)
            paid = Paid(
                subject_id=one.worker_id,
                amounts_rupiah={"JKK": one.jkk_rupiah, "JKM": one.jkm_rupiah},
                amount_rupiah=_TOTAL_RUPIAH,
                payment_id=self._month.identifier("payment"),
                funding_line_id=self._month.line_id,
                disbursement_id=self._month.identifier("disbursement"),
                paid_on=paid_on,
                confirmed_on=confirmed_on,
                **one.model_dump(include={"contribution_id", "region_code", "occupation_code", "month"}),
            )
            money = {"jkk_rupiah": one.jkk_rupiah, "jkm_rupiah": one.jkm_rupiah}
            session.add(
                Payment(
                    contribution_id=one.contribution_id,
                    worker_id=one.worker_id,
                    month=one.month,
                    paid_on=paid_on,
                    confirmed_on=confirmed_on,
                    **money,
                )
            )
            budget.reserved_rupiah -= _TOTAL_RUPIAH
            budget.paid_rupiah += _TOTAL_RUPIAH
            session.add(budget)
            await session.commit()
        await self._publish(paid, self._month.paid_topic, paid.subject_id)
        self.done += 1


class CoverWork(_Plain):
    """A line for what is due, changed when it is paid. ``done`` counts both."""

    async def run(self, stop: asyncio.Event) -> None:
        """Read until ``stop`` is set."""

        @self._broker.subscriber(self._month.due_topic, group_id=self._group, auto_offset_reset="earliest")
        async def on_due(message: Due) -> None:
            await self._note(message.contribution_id, message, due_rupiah=message.amount_rupiah, due_on=message.due_on)

        @self._broker.subscriber(self._month.paid_topic, group_id=self._group, auto_offset_reset="earliest")
        async def on_paid(message: Paid) -> None:
            await self._note(message.contribution_id, message, paid_rupiah=message.amount_rupiah, is_settled=True)

        await self._broker.start()
        self.is_ready = True
        await stop.wait()
        await self._close()

    async def _note(self, contribution_id: UUID, message: Due | Paid, **values: object) -> None:
        async with AsyncSession(self._engine) as session:
            line = await session.get(CoverLine, contribution_id)
            if line is None:
                line = CoverLine(contribution_id=contribution_id, worker_id=message.subject_id, month=message.month)
            line.sqlmodel_update(values)
            session.add(line)
            await session.commit()
        self.done += 1


class NoticeWork(_Plain):
    """A message for each paid month."""

    async def run(self, stop: asyncio.Event) -> None:
        """Read until ``stop`` is set."""

        @self._broker.subscriber(self._month.paid_topic, group_id=self._group, auto_offset_reset="earliest")
        async def on_paid(message: Paid) -> None:
            facts = {"programmes": list(message.amounts_rupiah), "amount_rupiah": message.amount_rupiah}
            async with AsyncSession(self._engine) as session:
                session.add(
                    Message(
                        recipient_id=message.subject_id,
                        purpose="paid",
                        period=message.month,
                        region_code=message.region_code,
                        facts=json.dumps(facts),
                        created_at=datetime.now(UTC),
                    )
                )
                await session.commit()
            self.done += 1

        await self._broker.start()
        self.is_ready = True
        await stop.wait()
        await self._close()
