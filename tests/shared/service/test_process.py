"""Processes of the demonstration service: start, health pages, stopping in each of its ways, exit codes, logs."""

from __future__ import annotations

import signal
import socket
import uuid

import httpx
import pytest

from shared.service.exit_codes import ExitCode
from tests.shared.service.processes import DemoWorld, Running
from tests.shared.service.waiting import until

NIK = "6472014101900001"
NAME = "Siti Rahmawati"

BOOKLET = "01890a5d-ac96-774b-bcce-000000000001"


def stamp(stamps: object = 2, **more: object) -> tuple[str, str, dict[str, object]]:
    body = {"aggregate_version": 1, "booklet_id": BOOKLET, "stamps": stamps, **more}
    return str(uuid.uuid4()), BOOKLET, body


async def inking(world: DemoWorld) -> bool:
    """Whether a handler is at work in the database now."""
    return bool(
        await world.value(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(%'"
            " AND state = 'active' AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
    )


async def test_a_process_waits_for_its_schema_says_so_and_starts_by_itself(world: DemoWorld) -> None:
    await world.create_topics()
    relay = world.start("relay")

    async def refused() -> bool:
        status, report = await relay.ask("/health/ready")
        return status == 503 and any("Run python -m tests.shared.demo migrate" in str(c) for c in report["checks"])

    await until(refused, 30)
    assert (await relay.ask("/health/live"))[0] == 200
    assert "started" not in relay.events()
    migrations = [world.start("migrate"), world.start("migrate")]
    assert [(await migration.end())[0] for migration in migrations] == [0, 0]
    assert sorted(migration.events()[-1] for migration in migrations) == ["migrated", "nothing_to_migrate"]
    await relay.ready()
    assert (await relay.end(signal.SIGTERM))[0] == ExitCode.CLEAN
    assert relay.events()[-1] == "stopped"


async def test_a_relay_ends_itself_when_its_database_has_gone_on_without_it(migrated: DemoWorld) -> None:
    """What waits in a newer outbox may be written in a way that this program would send wrongly and delete."""
    relay, jobs = migrated.start("relay"), migrated.start("jobs")
    await relay.ready()
    await jobs.ready()
    await migrated.value(
        "WITH newer AS (UPDATE alembic_version SET version_num = '9001' RETURNING 1),"
        " incompatible AS (DELETE FROM schema_compatibility RETURNING 1)"
        " SELECT count(*) FROM newer, incompatible"
    )
    assert (await relay.end())[0] == ExitCode.FAILED
    (failed,) = [line for line in relay.lines() if line["event"] == "part_failed"]
    assert failed["component"] == "schema"
    assert "9001, which is newer than this program" in str(failed)
    assert jobs.process.poll() is None, "who only fails on what it does not know may go on with the rest"


async def test_sigterm_lets_the_running_batch_finish_and_commit(migrated: DemoWorld) -> None:
    worker = migrated.start("worker", **{f"{migrated.service}_ink_dries_s": "1.5"})
    await worker.ready()
    await migrated.send(stamp(2))
    await until(lambda: inking(migrated), 30)
    code, seconds = await worker.end(signal.SIGTERM)
    assert code == ExitCode.CLEAN
    assert seconds < 10
    assert await migrated.value("SELECT sum(stamps) FROM stamp_total") == 2

    assert await migrated.committed() == 1, "the offset was committed as well, after the database"


async def _metrics(running: Running) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{running.ops}/metrics")).text


async def test_a_batch_that_outlives_the_grace_is_rolled_back_and_nothing_is_committed(migrated: DemoWorld) -> None:
    settings = {f"{migrated.service}_ink_dries_s": "20", "graceful_timeout_s": "1.5", "hard_stop_timeout_s": "8"}
    worker = migrated.start("worker", **settings)
    await worker.ready()
    await migrated.send(stamp(2))
    await until(lambda: inking(migrated), 30)
    worker.process.send_signal(signal.SIGTERM)
    await until(lambda: _stopping(worker), 5)
    assert (await worker.ask("/health/ready"))[0] == 503, "draining"
    assert (await worker.ask("/health/live"))[0] == 200
    code, seconds = await worker.end()
    assert (code, seconds < 8) == (ExitCode.CLEAN, True)
    assert await migrated.value("SELECT count(*) FROM stamp_total") == 0
    assert await migrated.committed() == 0


async def _stopping(running: Running) -> bool:
    return "stop_requested" in running.events()


@pytest.mark.parametrize("kind", ["asks", "computes"])
async def test_a_stop_that_hangs_ends_within_the_hard_limit(world: DemoWorld, kind: str) -> None:
    stubborn = world.start(kind, module="tests.shared.service.stubborn")
    await until(lambda: _started(stubborn), 20)
    code, seconds = await stubborn.end(signal.SIGTERM)
    assert code == ExitCode.HUNG
    assert seconds < 4
    assert stubborn.events()[-1] == "stop_hung"
    assert "stubborn.py" in stubborn.errors.read_text(), "it says where it stood"


async def test_a_second_signal_ends_the_process_at_once(world: DemoWorld) -> None:
    stubborn = world.start("asks", module="tests.shared.service.stubborn")
    await until(lambda: _started(stubborn), 20)
    stubborn.process.send_signal(signal.SIGTERM)
    await until(lambda: _stopping(stubborn), 5)
    code, seconds = await stubborn.end(signal.SIGTERM)
    assert (code, seconds < 1) == (ExitCode.KILLED_BY_TERMINATE, True)


async def _started(running: Running) -> bool:
    return "started" in running.events()


async def test_the_watchdog_ends_a_worker_that_gets_nothing_done(migrated: DemoWorld) -> None:
    settings = {f"{migrated.service}_ink_dries_s": "60", "commit_age_limit_s": "0.5", "stuck_limit_s": "1"}
    worker = migrated.start("worker", watch_period_s="0.3", graceful_timeout_s="1", hard_stop_timeout_s="5", **settings)
    await worker.ready()
    await migrated.send(stamp(2))
    assert (await worker.end(timeout_s=40))[0] == ExitCode.STUCK
    failed = next(line for line in worker.lines() if line["event"] == "part_failed")
    assert failed["component"] == "watchdog"
    assert "The check commit_age has failed" in failed["error"]["message"]


async def test_what_an_operator_can_get_wrong_is_told_on_standard_error(world: DemoWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = world.start("relay", ops_port=str(port))
        wrong = world.start("relay", log_level="LOUD", graceful_time_s="3")
        issuerless = world.start("api")
        assert (await busy.end())[0] == ExitCode.FAILED
    assert f"ops cannot listen on 127.0.0.1:{port}" in busy.errors.read_text()
    assert (await wrong.end())[0] == ExitCode.SETTINGS
    assert "The nearest known name is PAYUNG_GRACEFUL_TIMEOUT_S" in wrong.errors.read_text()
    assert (await issuerless.end())[0] == ExitCode.SETTINGS
    assert "PAYUNG_TOKEN_ISSUER is missing" in issuerless.errors.read_text()
    assert "Traceback" not in busy.errors.read_text() + wrong.errors.read_text() + issuerless.errors.read_text()


async def test_nothing_personal_comes_out_of_a_worker_that_is_fed_with_it(migrated: DemoWorld) -> None:
    worker = migrated.start("worker", log_level="DEBUG")
    await worker.ready()
    await migrated.send(
        stamp(NAME), stamp(2, nik=NIK), (NIK, NIK, {"booklet_id": NIK, "name": NAME}), stamp(4, name=NAME)
    )

    async def all_treated() -> bool:
        return bool(
            await migrated.value("SELECT (SELECT count(*) FROM parked_event) + (SELECT count(*) FROM inbox)") == 4
        )

    await until(all_treated, 30)
    metrics = await _metrics(worker)
    _, progressing = await worker.ask("/health/progressing")
    assert (await worker.end(signal.SIGTERM))[0] == ExitCode.CLEAN
    shown = worker.output.read_text() + worker.errors.read_text() + metrics + str(progressing)
    assert "payung_events_parked_total" in metrics
    for canary in (NIK, NAME, "Siti"):
        assert canary not in shown
    password = migrated.url.split(":")[2].split("@")[0]
    assert len(password) > 8
    assert password not in shown
    assert worker.lines()[0]["settings"]["database_url"].startswith("postgresql://")
    assert all(line["service"] == migrated.service and line["role"] == "worker" for line in worker.lines())
