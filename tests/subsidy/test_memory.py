"""Files of any size pass through in bounded memory, and a reader that dies goes on where it was."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from services.subsidy.adapters.exchange import CONFIRMATION_COLUMNS
from services.subsidy.handlers import receiving
from shared.exchange import header_line, trailer_line
from tests.memory import peak_memory
from tests.subsidy.play import TREASURER, Play

# As dictionaries, or as rows of the database driver, these would take three times the limit.
ROWS = 100_000
GROWTH_LIMIT_MB = 40.0
BILL_ROWS = 50_000
BILL_GROWTH_LIMIT_MB = 10.0

ADD_CONTRIBUTIONS = """
INSERT INTO contribution SELECT uuidv7(), month_run_id, funding_line_id, grant_id, group_id, uuidv7(), month,
    region_code, occupation_code, income_band, tariff, jkk_rupiah, jkm_rupiah, due_on, journal_id, bill_id
FROM contribution, generate_series(1, $1)
"""


def write_confirmation(folder: Path, disbursement: str, rows: int) -> Path:
    """A confirmation of people whom nobody knows, which is found out at the end."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    path = folder / "in" / f"confirmation_{disbursement}.csv"
    with path.open("wb") as file:
        file.write(header_line(CONFIRMATION_COLUMNS))
        for number in range(rows):
            file.write(f"26110000001,{UUID(int=number)},2026-11,10000,6800,2026-11-10,2026-11-10\n".encode())
        file.write(trailer_line(rows, rows * 16_800))
    return path


async def test_a_large_confirmation_is_read_in_bounded_memory(play: Play) -> None:
    _, disbursement, _ = await play.instructed(1)
    write_confirmation(play.folder, disbursement, ROWS)
    with peak_memory() as peak:
        await play.world.run_jobs("receive", rounds=ROWS // receiving.ROWS_PER_PIECE + 2)
    assert peak.grown_mb < GROWTH_LIMIT_MB
    (file,) = await play.world.rows("SELECT state, reason, rows FROM exchange_file WHERE kind = 'confirmation'")
    assert (file["state"], file["reason"], file["rows"]) == ("refused", "kode-iuran", ROWS)
    assert await play.world.value("SELECT count(*) FROM confirmed_part") == 0
    assert await play.broken() == {}


async def test_a_request_of_a_large_bill_is_written_in_bounded_memory(play: Play) -> None:
    _, run, _ = await play.funded(1)
    await play.world.break_by_hand(ADD_CONTRIBUTIONS, BILL_ROWS - 1)
    await play.world.break_by_hand("UPDATE month_run SET due_count = $1", BILL_ROWS)
    await play.world.break_by_hand("UPDATE balance SET amount_rupiah = 1000000000000 WHERE account = 'reserved'")
    with peak_memory() as peak:
        bill = await play.done(f"/month-runs/{run}/bills", {}, TREASURER)
        await play.world.run_job("send")
    assert peak.grown_mb < BILL_GROWTH_LIMIT_MB
    with (play.folder / "out" / f"bill-request_{bill['bill_id']}.csv").open() as file:
        assert sum(1 for _ in file) == BILL_ROWS + 2


async def test_a_reader_that_dies_goes_on_behind_what_is_committed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    _, disbursement, workers = await play.instructed(10)
    play.confirm(disbursement)
    jobs = {job.name: job for job in play.world.service.jobs_for(play.world.context)}
    monkeypatch.setattr(receiving, "ROWS_PER_PIECE", 3)
    await play.world.run_job("receive")
    for _ in range(2):  # dies before the commit, twice
        with pytest.raises(KeyboardInterrupt):
            async with play.world.outbox.unit_of_work() as uow:
                await jobs["receive"].handler(uow, "crash")
                raise KeyboardInterrupt
    await play.world.run_jobs("receive", "pay", rounds=6)
    found = await play.get(f"/disbursements/{disbursement}")
    assert (found["state"], found["paid_count"]) == ("paid", len(workers))
    assert await play.broken() == {}


async def test_a_file_that_is_changed_while_it_is_read_pays_nothing(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, disbursement, _ = await play.instructed(6)
    play.confirm(disbursement)
    await play.read_in_pieces(monkeypatch, 3, runs=1)
    path = play.folder / "in" / f"confirmation_{disbursement}.csv"
    path.write_text(path.read_text().replace("2026-11-10,2026-11-10", "2026-11-10,2026-11-09", 1))
    await play.read_in_pieces(monkeypatch, 3, runs=4)
    reasons = {case["details"]["reason"] for case in await play.cases("file-refused")}
    assert reasons == {"changed", "name-used-for-other-content"}
    assert await play.world.value("SELECT count(*) FROM confirmed_part") == 0
    assert (await play.get(f"/disbursements/{disbursement}"))["paid_count"] == 0
    assert await play.broken() == {}
    play.confirm(disbursement, suffix="_2")
    await play.received()
    assert (await play.get(f"/disbursements/{disbursement}"))["state"] == "paid"


async def test_many_files_are_taken_without_waiting_for_the_next_second(play: Play) -> None:
    (play.folder / "in").mkdir(parents=True)
    for number in range(receiving.FILES_PER_RUN + 5):
        (play.folder / "in" / f"surprise_{number}.csv").write_text("nonsense\n")
    jobs = {job.name: job for job in play.world.service.jobs_for(play.world.context)}
    runs, more = 0, True
    while more:
        runs += 1
        async with play.world.outbox.unit_of_work() as uow:
            more = bool(await jobs["receive"].handler(uow, "again"))
    await play.world.run_job("receive")
    assert list((play.folder / "in").iterdir()) == []
    assert runs <= 4
    assert len(await play.cases("file-refused")) == receiving.FILES_PER_RUN + 5
