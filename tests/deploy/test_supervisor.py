"""The background supervisor: repeatable, careful with what is not its own, leaving nothing behind when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import lifeline, supervisor
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.stack import destroy, local_stack
from deploy.local.state import ProcessSpec, ProcessState, load_state, save_state
from tests.deploy.processes import PYTHON, alive, family, stubborn, wait_until, watchdogs

WARM_START_BOUND_S = 15.0
NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc, which only Linux has")


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that is stopped and removed afterwards, and a check that this is so."""
    path = Path(tempfile.mkdtemp(prefix="payung-test-"))
    yield path
    state = load_state(Home(path))
    members = family(state) if state is not None else []
    supervisor.stop(path)
    assert wait_until(lambda: alive(members) == []), "processes were left behind"
    destroy(path)


@pytest.fixture
def _small_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor's own manners do not depend on the broker, so the quick one serves."""
    monkeypatch.setenv("PAYUNG_LOCAL_BROKER", "mesh")


async def _write(bootstrap: str, url: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait("kept", b"record")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    await connection.close()


async def _read(bootstrap: str, url: str) -> tuple[bytes | None, int]:
    async with AIOKafkaConsumer("kept", bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    connection = await asyncpg.connect(url)
    number = await connection.fetchval("SELECT id FROM kept")
    await connection.close()
    return record.value, number


@NEEDS_PROC
@pytest.mark.real_kafka
async def test_a_killed_supervisor_leaves_nothing_and_loses_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    first = supervisor.start(home, ["enrolment"])
    cold_s = time.monotonic() - began
    supervisor.hold(home, [stubborn()])
    state = first.state
    await _write(state.kafka_bootstrap, state.database_urls["enrolment"])
    members = family(state)
    assert len(members) > 8  # supervisor, watchdog, Kafka, PostgreSQL with its helpers, two stubborn ones

    os.kill(state.supervisor_pid, signal.SIGKILL)
    assert wait_until(lambda: alive(members) == []), f"left behind: {alive(members)}"
    assert supervisor.status(home) is None

    began = time.monotonic()
    again = supervisor.start(home, ["enrolment"])
    warm_s = time.monotonic() - began
    with capsys.disabled():
        sys.stdout.write(f"\n[start of Kafka and PostgreSQL: new {cold_s:.1f} s, warm after a crash {warm_s:.1f} s]\n")
    assert warm_s <= WARM_START_BOUND_S
    assert again.has_changed
    assert (again.state.kafka_bootstrap, again.state.database_urls) == (state.kafka_bootstrap, state.database_urls)
    assert await _read(state.kafka_bootstrap, state.database_urls["enrolment"]) == (b"record", 7)


@NEEDS_PROC
@pytest.mark.usefixtures("_small_broker")
def test_frozen_processes_end_with_their_supervisor_too(home: Path) -> None:
    """A stopped process does not hear the kernel's signal for it: here the watchdog alone can help."""
    state = supervisor.start(home).state
    members = family(state)
    for process in state.processes:
        assert process.pid is not None
        for pid in (process.pid, *lifeline.descendants(process.pid)):
            os.kill(pid, signal.SIGSTOP)
    os.kill(state.supervisor_pid, signal.SIGKILL)
    assert wait_until(lambda: alive(members) == []), f"left behind: {alive(members)}"


@NEEDS_PROC
@pytest.mark.usefixtures("_small_broker")
def test_processes_end_even_without_the_watchdog(home: Path) -> None:
    """Here the kernel's signal alone can help."""
    state = supervisor.start(home).state
    members = family(state)
    for watchdog in watchdogs(state.supervisor_pid):
        os.kill(watchdog, signal.SIGKILL)
    os.kill(state.supervisor_pid, signal.SIGKILL)
    assert wait_until(lambda: alive(members) == []), f"left behind: {alive(members)}"


@pytest.mark.usefixtures("_small_broker")
def test_starting_again_changes_nothing_and_stopping_again_is_harmless(home: Path) -> None:
    with ThreadPoolExecutor(3) as pool:  # all at once
        started = list(pool.map(lambda _: supervisor.start(home, ["enrolment"]), range(3)))
    assert [one.has_changed for one in started].count(True) == 1
    assert len({one.state.supervisor_pid for one in started}) == 1

    more = supervisor.start(home, ["enrolment", "subsidy"])
    assert more.has_changed
    assert set(more.state.database_urls) == {"enrolment", "subsidy"}
    assert more.state.supervisor_pid == started[0].state.supervisor_pid

    with pytest.raises(LocalRunError, match=r"runs .* already"), local_stack(home):
        pass
    with pytest.raises(LocalRunError, match=r"runs .* already"):
        destroy(home)

    assert "passwords" not in str(more.state.as_json())
    password = more.state.database_urls["subsidy"].split(":")[2].split("@")[0]
    assert password not in str(more.state.as_json())
    assert (home / "state.json").stat().st_mode & 0o077 == 0

    members = family(more.state)
    assert supervisor.stop(home) is True
    assert alive(members) == []
    assert supervisor.stop(home) is False


@pytest.mark.usefixtures("_small_broker")
def test_processes_are_held_up_replaced_and_let_go(home: Path, free_port: int, tmp_path: Path) -> None:
    running = supervisor.start(home, ["enrolment", "subsidy"])
    with pytest.raises(LocalRunError, match="exit code 3"):
        supervisor.hold(home, [ProcessSpec("broken", [*PYTHON, "raise SystemExit(3)"])])

    env = running.environment("enrolment")
    assert set(env) == {"PAYUNG_KAFKA_BOOTSTRAP", "PAYUNG_ENROLMENT_DATABASE_URL"}
    program = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(free_port)]
    web = ProcessSpec("web", program, env, cwd=str(tmp_path), health_url=f"http://127.0.0.1:{free_port}/")
    once = ProcessSpec("once", [*PYTHON, "pass"], restart="on-failure")
    up = supervisor.hold(home, [web])
    assert up.has_changed
    assert supervisor.hold(home, [web]).has_changed is False
    first = next(one for one in up.state.processes if one.name == "web")
    assert first.pid is not None
    assert env["PAYUNG_ENROLMENT_DATABASE_URL"].encode() in _environment(first.pid)

    os.kill(first.pid, signal.SIGKILL)

    def came_back() -> bool:
        now = _process(home, "web")
        return now is not None and now.healthy and now.restarts == 1 and now.pid != first.pid

    assert wait_until(came_back)
    assert _process(home, "web").exit_code == -signal.SIGKILL  # type: ignore[union-attr]

    with pytest.raises(LocalRunError, match="once"):
        supervisor.hold(home, [web, once])  # it ends by itself: never "up", and never started again
    assert _process(home, "once").restarts == 0  # type: ignore[union-attr]
    changed = supervisor.hold(home, [replace(web, env={"OTHER": "1"})])
    assert {one.name for one in changed.state.processes} == {"kafka", "postgres", "web"}
    assert _process(home, "web").restarts == 0  # type: ignore[union-attr]
    assert {one.name for one in supervisor.hold(home, []).state.processes} == {"kafka", "postgres"}


def _process(home: Path, name: str) -> ProcessState | None:
    state = supervisor.status(home)
    return next((one for one in state.processes if one.name == name), None) if state else None


def _environment(pid: int) -> bytes:
    path = Path(f"/proc/{pid}/environ")
    return path.read_bytes() if path.exists() else subprocess.check_output(["ps", "-wwwE", "-p", str(pid)])


@pytest.mark.usefixtures("_small_broker")
def test_a_dead_database_comes_back_and_a_stranger_with_an_old_number_is_left_alone(home: Path) -> None:
    state = supervisor.start(home).state
    database = next(one for one in state.processes if one.name == "postgres")
    assert database.pid is not None
    os.kill(database.pid, signal.SIGKILL)

    def came_back() -> bool:
        now = _process(home, "postgres")
        return now is not None and now.healthy and now.pid not in {None, database.pid}

    assert wait_until(came_back, 20)
    supervisor.stop(home)

    with subprocess.Popen(["sleep", "60"]) as stranger:  # has a number that an old state file mentions
        then = {"pid": stranger.pid, "started": "long ago"}
        old = [replace(one, **then) for one in state.processes]  # type: ignore[arg-type]
        stale = replace(state, supervisor_pid=stranger.pid, supervisor_started="long ago", processes=old)
        save_state(Home(home), stale)
        assert supervisor.status(home) is None
        assert supervisor.stop(home) is False
        save_state(Home(home), stale)
        assert supervisor.start(home).has_changed
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.usefixtures("_small_broker")
def test_homes_run_side_by_side(home: Path, stack: object) -> None:
    """A second and a third home beside the one of this session, started at the same moment."""
    assert stack is not None
    other = Path(tempfile.mkdtemp(prefix="payung-test-"))
    try:
        with ThreadPoolExecutor(2) as pool:
            states = [one.state for one in pool.map(lambda path: supervisor.start(path, ["enrolment"]), (home, other))]
        addresses = {state.kafka_bootstrap for state in states} | {
            state.database_urls["enrolment"].split("@")[1] for state in states
        }
        assert len(addresses) == 4
        supervisor.stop(other)
        survivor = supervisor.status(home)
        assert survivor is not None
        assert all(one.pid is not None for one in survivor.processes)
    finally:
        supervisor.stop(other)
        destroy(other)


def test_a_start_that_fails_says_why_and_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYUNG_LOCAL_BROKER", "rabbit")
    with pytest.raises(LocalRunError, match="set it to kafka, mesh or auto"):
        supervisor.start(home)
    assert supervisor.status(home) is None
    with local_stack(home, env={"PAYUNG_LOCAL_BROKER": "mesh"}):
        pass  # the home is free again and its database whole
