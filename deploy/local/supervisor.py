"""Starts, stops and asks the background supervisor of a home; each call may be repeated without harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from deploy.file_lock import locked
from deploy.local import lifeline, logs, postgres
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.stack import Say, Stack, database_variable, silent
from deploy.local.state import ProcessSpec, RunState, Wishes, load_state, load_wishes, save_wishes
from shared.contracts.catalogue import RUNNING_SERVICES

PROJECT = Path(__file__).resolve().parents[2]
STOP_TIMEOUT_S = 90.0
WISH_TIMEOUT_S = 60.0
POLL_S = 0.05
HOPELESS_RESTARTS = 3


@dataclass(frozen=True)
class RunningStack:
    """What runs in ``home``; ``has_changed`` says whether this call started anything."""

    home: Home
    state: RunState
    has_changed: bool

    def environment(self, service: str) -> dict[str, str]:
        """What this service may know: the broker's address and its own database's, not its neighbours'."""
        return {
            "PAYUNG_KAFKA_BOOTSTRAP": self.state.kafka_bootstrap,
            database_variable(service): self.state.database_urls[service],
        }


def start(path: Path, services: Sequence[str] = RUNNING_SERVICES, *, say: Say = silent) -> RunningStack:
    """Start broker and database in the background, or find them running; ``say`` gets lines for the person waiting.

    Raises:
        LocalRunError: something is missing or does not start; the text says what to do.
    """
    home = Home.open(path)
    with locked(home.lock):
        state = load_state(home)
        if state is not None and state.is_alive:
            missing = [name for name in services if name not in state.database_urls]
            if missing:
                wishes = load_wishes(home)
                state = _wish(home, replace(wishes, services=[*wishes.services, *missing]))
            return RunningStack(home, state, has_changed=bool(missing))
        _clear_remains(home, state)
        _launch(home, services, say)
        fresh = load_state(home)
    if fresh is None or not fresh.is_alive:
        raise LocalRunError(f"The supervisor ended right after its start. Read {home.logs / 'supervisor.log'}.")
    return RunningStack(home, fresh, has_changed=True)


def hold(path: Path, processes: Sequence[ProcessSpec], *, timeout_s: float = WISH_TIMEOUT_S) -> RunningStack:
    """Have the running supervisor keep exactly these processes up beside broker and database, and wait until they are.

    Processes that run already as described are left alone; others are stopped, started or replaced.

    Raises:
        LocalRunError: nothing runs in this home, or a process dies again and again or is not healthy in time.
    """
    home = Home.open(path)
    with locked(home.lock):
        _running(home)
        wishes = load_wishes(home)
        unchanged = [_plain(spec) for spec in processes] == [_plain(spec) for spec in wishes.processes]
        wishes = replace(wishes, processes=list(processes))
        state = _wish(home, wishes, lambda now: _all_up(now, processes), timeout_s)
    return RunningStack(home, state, has_changed=not unchanged)


def stop(path: Path) -> bool:
    """Stop everything in this home and wait for it; says whether anything ran. The data stays.

    Raises:
        LocalRunError: something would not end.
    """
    home = Home(path.expanduser().absolute())
    if not home.path.is_dir():
        return False
    with locked(home.lock):
        state = load_state(home)
        was_alive = state is not None and state.is_alive
        if state is not None and was_alive:
            lifeline.send(state.supervisor_pid, signal.SIGTERM)
            if not _until(lambda: not state.is_alive, STOP_TIMEOUT_S):
                lifeline.send(state.supervisor_pid, signal.SIGKILL)  # its children end with it
        return _clear_remains(home, state) or was_alive


def status(path: Path) -> RunState | None:
    """What runs in this home; ``None`` if nothing does."""
    home = Home(path.expanduser().absolute())
    state = load_state(home)
    return state if state is not None and state.is_alive else None


def attach(home: Home) -> Stack:
    """The running stack of a home as a client sees it: addresses and databases, but no hand on its processes.

    Raises:
        LocalRunError: nothing runs there.
    """
    state = _running(home)
    return Stack(
        home=home,
        broker_kind=state.broker_kind,
        kafka_bootstrap=state.kafka_bootstrap,
        kafka=None,
        postgres=None,
        databases=postgres.Databases(home) if state.has_own_postgres else None,
        database_urls=dict(state.database_urls),
    )


def _running(home: Home) -> RunState:
    state = load_state(home)
    if state is None or not state.is_alive:
        raise LocalRunError(f"Nothing runs in {home.path}. Start it with `payung up`.")
    return state


def _launch(home: Home, services: Sequence[str], say: Say) -> None:
    """Start the supervisor and follow its report until it is ready."""
    read_end, write_end = os.pipe()
    home.wishes.unlink(missing_ok=True)
    log_path = home.logs / "supervisor.log"
    with log_path.open("ab") as log:
        starter = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "deploy.local.daemon", str(home.path), str(write_end), *services],
            pass_fds=[write_end],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), os.environ.get("PYTHONPATH", "")])},
        )
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as report:
        try:
            failure = _follow(report, say)
        finally:
            starter.wait()
    if failure is not None:
        raise LocalRunError(failure or f"The supervisor ended without a word:\n{logs.tail(log_path)}")


def _follow(report: TextIO, say: Say) -> str | None:
    """Pass on what the new supervisor says until it is ready (``None``) or tells why it failed."""
    pid, is_ready = 0, False
    try:
        for line in report:
            kind, _, text = line.rstrip("\n").partition(" ")
            if kind == "pid":
                pid = int(text)
            elif kind == "say":
                say(text)
            elif kind == "ready":
                is_ready = True
                return None
            else:
                return "\n".join([text, *report.read().splitlines()])
        return ""
    finally:
        if pid and not is_ready:
            lifeline.send(pid, signal.SIGTERM)  # also when the person at the keyboard has lost patience
            _until(lambda: lifeline.start_time(pid) is None, STOP_TIMEOUT_S)  # whoever goes on finds the home quiet


def _wish(
    home: Home,
    wishes: Wishes,
    is_granted: Callable[[RunState], bool] = lambda _: True,
    timeout_s: float = WISH_TIMEOUT_S,
) -> RunState:
    """Write the wishes, wake the supervisor, and wait until it has carried them out."""
    wishes = replace(wishes, generation=wishes.generation + 1)
    save_wishes(home, wishes)
    os.kill(_running(home).supervisor_pid, signal.SIGHUP)

    def granted() -> bool:
        state = _running(home)
        return state.generation == wishes.generation and is_granted(state)

    if not _until(granted, timeout_s):
        late = [one.name for one in _running(home).processes if not one.healthy]
        raise LocalRunError(
            f"Not up after {timeout_s:.0f} s: {', '.join(late) or 'the supervisor'}. Read the logs in {home.logs}."
        )
    return _running(home)


def _all_up(state: RunState, wanted: Sequence[ProcessSpec]) -> bool:
    names = {spec.name for spec in wanted}
    mine = [one for one in state.processes if one.name in names]
    for one in mine:
        if one.pid is None and (one.restarts >= HOPELESS_RESTARTS or one.condition == "ended"):
            raise LocalRunError(
                f"{one.name} ends as soon as it starts (exit code {one.exit_code}). The end of its log, {one.log}:\n"
                + logs.tail(Path(one.log))
            )
    return all(one.healthy for one in mine)


def _plain(spec: ProcessSpec) -> ProcessSpec:
    """Equal for what was read back from a file and what was not."""
    return replace(spec, argv=list(spec.argv), env=dict(spec.env))


def _clear_remains(home: Home, state: RunState | None) -> bool:
    """After a crash: end what the dead supervisor left (normally nothing) and forget its state."""
    if state is None:
        return False
    left = {one.pid: one.started for one in state.processes if one.pid is not None and one.started is not None}
    left = {pid: started for pid, started in left.items() if lifeline.is_same_process(pid, started)}
    if left:
        lifeline.kill_tree(left)
    if not _until(lambda: not any(lifeline.is_same_process(*one) for one in left.items()), 10):
        raise LocalRunError(f"These processes of {home.path} do not end: {sorted(left)}. Kill them by hand.")
    home.state.unlink(missing_ok=True)
    return bool(left)


def _until(is_true: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
