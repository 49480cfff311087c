"""The small parts: pauses that grow and stay bounded, logs that stay small, a home whose facts stay the same."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local import lifeline, logs, ports
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.home import Home, default_home, write_private
from deploy.local.keeper import LONGEST_PAUSE_S, STEADY_AFTER_S, Keeper
from deploy.local.spawner import Command
from deploy.local.state import ProcessSpec, RunState, Wishes, load_state, load_wishes, save_state, save_wishes
from tests.deploy.processes import PYTHON, alive, stubborn, wait_until


def _child(folder: Path, program: str, **settings: float) -> Child:
    command = Command([*PYTHON, program], env=dict(os.environ), cwd=folder)
    return Child("probe", lambda: command, folder / "probe.log", **settings)  # type: ignore[arg-type]


def test_a_process_that_keeps_dying_is_started_ever_more_rarely(tmp_path: Path) -> None:
    now_s = 1000.0
    child = _child(tmp_path, "raise SystemExit(4)")
    keeper = Keeper("probe", child, now=lambda: now_s)
    child.launch()
    pauses = []
    for _ in range(9):
        assert wait_until(lambda: not child.is_running)
        keeper.tick()
        assert keeper.state().condition == "waiting"
        assert keeper.state().exit_code == 4
        died_s, restarts = now_s, keeper.state().restarts
        while keeper.state().restarts == restarts:
            now_s += 0.25
            keeper.tick()
        pauses.append(now_s - died_s)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, LONGEST_PAUSE_S]

    assert wait_until(lambda: not child.is_running)
    now_s += STEADY_AFTER_S  # it ran for a good while before it died
    keeper.tick()
    now_s += 0.5
    keeper.tick()
    assert keeper.state().restarts == 10


@pytest.mark.parametrize(
    ("restart", "code", "condition"),
    [("always", 0, "waiting"), ("on-failure", 0, "ended"), ("on-failure", 1, "waiting"), ("never", 1, "ended")],
)
def test_the_restart_rule_decides(tmp_path: Path, restart: str, code: int, condition: str) -> None:
    child = _child(tmp_path, f"raise SystemExit({code})")
    keeper = Keeper("probe", child, restart)  # type: ignore[arg-type]
    child.launch()
    assert wait_until(lambda: not child.is_running)
    keeper.tick()
    assert (keeper.state().condition, keeper.state().exit_code) == (condition, code)


def test_a_program_that_is_not_there_is_a_failure_not_a_crash(tmp_path: Path) -> None:
    command = Command(["/nowhere/program"], env={}, cwd=tmp_path)
    child = Child("missing", lambda: command, tmp_path / "missing.log")
    child.launch()
    assert wait_until(lambda: not child.is_running)
    with pytest.raises(LocalRunError, match=r"(?s)missing ended at its start.*/nowhere/program|No such file"):
        child.wait_ready()


def test_a_deaf_process_is_killed_within_its_bound_with_all_below_it(tmp_path: Path) -> None:
    spec = stubborn()
    command = Command(spec.argv, env=dict(os.environ), cwd=tmp_path)
    child = Child("deaf", lambda: command, tmp_path / "deaf.log", stop_timeout_s=0.3)
    child.start()
    assert child.pid is not None
    pid = child.pid
    assert wait_until(lambda: len(lifeline.descendants(pid)) == 1)
    members = [pid, *lifeline.descendants(pid)]
    child.stop()
    assert alive(members) == []


def test_what_a_dead_process_left_behind_ends_before_it_is_started_again(tmp_path: Path) -> None:
    below = [*PYTHON, "import time; time.sleep(600)"]
    program = f"import subprocess, time; print(subprocess.Popen({below!r}).pid, flush=True); time.sleep(9)"
    child = _child(tmp_path, program)
    child.start()
    assert wait_until(lambda: (tmp_path / "probe.log").read_text().strip().isdigit())
    orphan = int((tmp_path / "probe.log").read_text())
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    assert wait_until(lambda: not child.is_running)
    assert alive([orphan]) == [orphan]
    child.stop()
    assert wait_until(lambda: alive([orphan]) == [])


def test_an_output_that_never_gets_ready_is_shown(tmp_path: Path) -> None:
    child = _child(tmp_path, "import time; print('warming up', flush=True); time.sleep(60)", start_timeout_s=0.5)
    child.is_ready = lambda: False
    with pytest.raises(LocalRunError, match=r"(?s)no answer in .*warming up"):
        child.start()
    child.kill()


def test_big_logs_move_aside_and_writers_go_on(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    (tmp_path / "small.log").write_text("small")
    with log.open("ab") as writer:
        for generation in (b"a", b"b", b"c"):
            writer.write(generation * 1000)
            writer.flush()
            assert logs.rotate(tmp_path, largest_bytes=999) == [log]
        writer.write(b"after")
        writer.flush()
    assert log.read_bytes() == b"after"
    assert (tmp_path / "one.log.1").read_bytes() == b"c" * 1000
    assert (tmp_path / "one.log.2").read_bytes() == b"b" * 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.log", "one.log.1", "one.log.2", "small.log"]


def test_the_tail_of_a_huge_log_is_cheap(tmp_path: Path) -> None:
    log = tmp_path / "huge.log"
    log.write_text("x" * 5_000_000 + "\n" + "\n".join(map(str, range(100))))
    assert logs.tail(log, lines=2) == "98\n99"


def test_a_home_keeps_its_facts_whoever_asks_at_once(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        passwords = set(pool.map(lambda _: home.password("role"), range(32)))
        list(pool.map(lambda number: home.remember_port(f"p{number}", number), range(16)))
    assert len(passwords) == 1
    assert [home.port(f"p{number}") for number in range(16)] == list(range(16))
    again = Home.open(tmp_path / "home")
    assert (again.password("role"), again.identifier) == (passwords.pop(), home.identifier)


def test_where_the_home_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_home({"PAYUNG_HOME": "/somewhere"}) == Path("/somewhere")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_home({"XDG_DATA_HOME": "/data"}) == Path("/data/payung")
    assert default_home({"HOME": "/x"}) == Path.home() / ".local/share/payung"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_home({"XDG_DATA_HOME": "/data"}) == Path("/var/lib/payung")


def test_a_home_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalRunError, match="point PAYUNG_HOME at a folder of yours"):
        Home.open(tmp_path / "file" / "home")


def test_private_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "first")
    write_private(path, "second")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("second", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_state_and_wishes_come_back_as_they_were(tmp_path: Path) -> None:
    home = Home.open(tmp_path)
    assert load_state(home) is None
    wishes = Wishes(3, ["enrolment"], [ProcessSpec("api", ["/bin/true"], {"A": "b"}, health_url="http://x/")])
    save_wishes(home, wishes)
    assert load_wishes(home) == Wishes(3, ["enrolment"], tuple(wishes.processes))
    state = RunState(os.getpid(), str(lifeline.start_time(os.getpid())), "mesh", "x:1", True, {})
    save_state(home, state)
    assert load_state(home) == RunState(**{**vars(state), "notices": []})
    assert state.is_alive
    home.state.write_text(json.dumps({"supervisor_pid": 1}))  # of another version, or cut off
    assert load_state(home) is None


def test_a_taken_port_is_not_chosen(free_port: int) -> None:
    assert ports.choose(free_port) == free_port
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, free_port))
        taken.listen()
        assert not ports.is_free(free_port)
        assert ports.choose(free_port) != free_port


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = lifeline.start_time(process.pid)
        assert started is not None
        assert lifeline.is_same_process(process.pid, started)
        assert not lifeline.is_same_process(process.pid, "another time")
    assert lifeline.start_time(process.pid) is None
