"""A month costs the same few statements whatever the number of workers, and little time for each of them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.database import Transaction
from tests.subsidy.play import APPROVER, OWNER, TREASURER, Play, fresh_workers

pytestmark = pytest.mark.alone

Step = Callable[[], Awaitable[Any]]
Measure = Callable[[str, Step], Awaitable[Any]]

WORKERS = 10_000
CPU_LIMIT_S = 2.0


async def granted(play: Play, count: int) -> str:
    """A line with ``count`` granted and enrolled workers, put there without events."""
    workers = fresh_workers(count)
    await play.world.break_by_hand(
        """
        INSERT INTO worker_view SELECT id, '6402', 'K11', 3, 'bpu', 3, 'verified', 2, 1, '2026-11', 3, 0, NULL, 0, NULL,
            NULL, 0 FROM unnest($1::uuid[]) id
        """,
        workers,
    )
    line = await play.line()
    await play.decree(line)
    await play.world.break_by_hand("DELETE FROM changed_worker")
    return line


async def whole_month(play: Play, line: str, measure: Measure) -> None:
    """From the run to the confirmation; ``measure`` is told of each step."""

    def command(path: str, body: dict[str, Any], who: Any) -> Callable[[], Awaitable[Any]]:
        return lambda: play.done(path, body, who)

    def job(name: str) -> Callable[[], Awaitable[Any]]:
        return lambda: play.world.run_job(name)

    run = await measure("open", command("/month-runs", {"funding_line_id": line, "month": "2026-11"}, OWNER))
    await measure("assess", job("assess"))
    bill = await measure("cut", command(f"/month-runs/{run['month_run_id']}/bills", {}, TREASURER))
    await measure("request", job("send"))
    play.answer_bill(bill["bill_id"])
    await measure("receive bill", job("receive"))
    number = {"document_number": "1"}
    made = await play.done(f"/bills/{bill['bill_id']}/disbursements", number, TREASURER)
    path = f"/disbursements/{made['disbursement_id']}"
    await play.done(f"{path}/approval", number, APPROVER)
    await play.done(f"{path}/sp2d", number | {"instructed_on": "2026-11-10"}, TREASURER)
    await play.world.run_job("send")
    play.confirm(made["disbursement_id"])
    await play.world.run_job("receive")  # puts the bill away and takes the confirmation
    await measure("pay", job("pay"))
    await play.world.run_job("receive")  # puts the confirmation away
    assert (await play.get(path))["state"] == "paid"


async def statements_of_a_month(play: Play, count: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many statements each step of a month of ``count`` workers takes."""
    line = await granted(play, count)
    counted = 0

    def counting(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, **named: Any) -> Any:
            nonlocal counted
            counted += 1
            return await original(*arguments, **named)

        return call

    found: dict[str, int] = {}

    async def measure(step: str, work: Callable[[], Awaitable[Any]]) -> Any:
        before = counted
        result = await work()
        found[step] = counted - before
        return result

    with monkeypatch.context() as patched:
        for name in ("fetch", "fetch_value", "run", "copy_rows"):
            patched.setattr(Transaction, name, counting(getattr(Transaction, name)))
        await whole_month(play, line, measure)
    return found


async def test_the_number_of_statements_does_not_depend_on_the_number_of_workers(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = await statements_of_a_month(play, 3, monkeypatch)
    await play.world.break_by_hand("DELETE FROM document_number")
    many = await statements_of_a_month(play, 700, monkeypatch)
    assert few == many
    assert many["assess"] < 30
    assert many["pay"] < 30


async def test_a_month_of_ten_thousand_costs_less_than_two_seconds_of_work_a_step(play: Play) -> None:
    line = await granted(play, WORKERS)
    took_s: dict[str, float] = {}

    async def measure(step: str, work: Callable[[], Awaitable[Any]]) -> Any:
        began = time.process_time()
        result = await work()
        took_s[step] = round(time.process_time() - began, 2)
        return result

    await whole_month(play, line, measure)
    assert max(took_s.values()) < CPU_LIMIT_S, took_s
    assert await play.broken() == {}
