"""The supervisor: a process in the background that owns broker, database and services until it is told to stop.

It is told by signals (TERM: stop all; HUP: read the wishes again) and tells by the state file. When it dies without
a word, its children end with it (``lifeline``).
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from deploy.local import lifeline, logs, postgres
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.keeper import Keeper
from deploy.local.spawner import Command, spawner
from deploy.local.stack import Stack, owning, start_stack
from deploy.local.state import ProcessSpec, RunState, load_wishes, save_state

TICK_S = 0.25
HEALTH_EVERY_S = 1.0
HEALTH_TIMEOUT_S = 2.0
RETRY_S = 1.0
ROTATE_EVERY_S = 10.0


def is_healthy(url: str) -> bool:
    """Whether ``url`` answers 200 soon; loopback addresses only, so no proxy is asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=HEALTH_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError, urllib.error.URLError):
        return False


def child_of(spec: ProcessSpec, home: Home) -> Child:
    """The process that ``spec`` describes, not started."""
    command = Command(argv=list(spec.argv), env={**os.environ, **spec.env}, cwd=Path(spec.cwd))
    url = spec.health_url
    ready: Callable[[], bool] = (lambda: True) if url is None else (lambda: is_healthy(url))
    log = home.logs / f"{spec.name}.log"
    return Child(spec.name, lambda: command, log, ready, stop_timeout_s=spec.stop_timeout_s)


class Supervisor:
    """Holds up a started stack and the wished processes; :meth:`run` returns when all is stopped."""

    def __init__(self, home: Home, stack: Stack, notices: list[str]) -> None:
        self._home = home
        self._stack = stack
        self._base = {"kafka": stack.kafka, "postgres": stack.postgres}
        self._keepers = {name: Keeper(name, child) for name, child in self._base.items() if child is not None}
        self._specs: dict[str, ProcessSpec] = {}
        self._wake = threading.Event()
        self._is_stopping = False
        self._wishes_due_at: float | None = None
        self._saved: RunState | None = None
        self._state = RunState(
            supervisor_pid=os.getpid(),
            supervisor_started=str(lifeline.start_time(os.getpid())),
            broker_kind=stack.broker_kind,
            kafka_bootstrap=stack.kafka_bootstrap,
            has_own_postgres=stack.postgres is not None,
            database_urls=stack.database_urls,
            notices=notices,
        )

    def listen(self) -> None:
        """From here on signals are heard instead of ending us at once."""
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_wishes)
        for keeper in self._keepers.values():
            keeper.healthy = True  # start_stack has waited for it
        self.save()

    def run(self) -> None:
        """Hold everything up until told to stop."""
        threading.Thread(target=self._watch_health, name="health", daemon=True).start()
        rotate_at = 0.0
        while not self._is_stopping:
            if self._wishes_due_at is not None and time.monotonic() >= self._wishes_due_at:
                self._try_wishes()
            for keeper in self._keepers.values():
                keeper.tick()
            if time.monotonic() >= rotate_at:
                rotate_at = time.monotonic() + ROTATE_EVERY_S
                logs.rotate(self._home.logs)
            self.save()
            self._wake.wait(TICK_S)
            self._wake.clear()
        self._stop([name for name in self._keepers if name not in self._base])
        self._stop(list(self._keepers))

    def save(self) -> None:
        """Write the state down if it changed."""
        now = replace(self._state, processes=tuple(keeper.state() for keeper in self._keepers.values()))
        if now != self._saved:
            save_state(self._home, now)
            self._saved = now

    def _on_stop(self, *_: object) -> None:
        self._is_stopping = True
        self._wake.set()

    def _on_wishes(self, *_: object) -> None:
        self._wishes_due_at = time.monotonic()
        self._wake.set()

    def _try_wishes(self) -> None:
        """Carry them out, or try again soon: the database may be down just now. Never a reason to end."""
        self._wishes_due_at = None
        try:
            self._carry_out_wishes()
        except (LocalRunError, OSError) as error:
            self._wishes_due_at = time.monotonic() + RETRY_S
            sys.stderr.write(f"Cannot do yet what is wished: {error}\n")
        except (ValueError, TypeError, KeyError) as error:
            sys.stderr.write(f"Cannot read {self._home.wishes}: {error!r}\n")

    def _carry_out_wishes(self) -> None:
        """Make missing databases; stop what is not wished any more or wished otherwise; start what is new."""
        wishes = load_wishes(self._home)
        new = [name for name in wishes.services if name not in self._state.database_urls]
        if new and self._stack.databases is not None:
            urls = self._stack.databases.ensure(postgres.database_name(name) for name in new)
            known = dict(self._state.database_urls) | {name: urls[postgres.database_name(name)] for name in new}
            self._state = replace(self._state, database_urls=known)
        wanted = {spec.name: spec for spec in wishes.processes}
        self._stop([name for name, spec in self._specs.items() if wanted.get(name) != spec])
        for name, spec in wanted.items():
            if name not in self._keepers:
                child = child_of(spec, self._home)
                self._specs[name] = spec
                self._keepers = self._keepers | {name: Keeper(name, child, spec.restart)}
                with suppress(OSError):  # a program that is not there is tried again, and shows as waiting
                    child.launch()
        self._state = replace(self._state, generation=wishes.generation)

    def _stop(self, names: list[str]) -> None:
        keepers = [self._keepers[name] for name in names]
        self._keepers = {name: keeper for name, keeper in self._keepers.items() if name not in names}
        self._specs = {name: spec for name, spec in self._specs.items() if name not in names}
        with ThreadPoolExecutor(max(1, len(keepers))) as pool:
            list(pool.map(lambda keeper: keeper.child.stop(), keepers))

    def _watch_health(self) -> None:
        """Ask every process in turn; in a thread of its own, because a frozen one answers late."""
        while True:
            keepers = list(self._keepers.values())
            for keeper in keepers:
                keeper.healthy = keeper.child.is_running and keeper.child.is_ready()
            time.sleep(HEALTH_EVERY_S if all(keeper.healthy for keeper in keepers) else TICK_S)


def _serve(home: Home, services: list[str], report: Callable[[str, str], None]) -> None:
    notices: list[str] = []

    def say(line: str) -> None:
        notices.append(line)
        report("say", line)

    with owning(home):
        supervisor = Supervisor(home, start_stack(home, services, say=say), notices)
        supervisor.listen()
        report("ready", "")
        supervisor.run()
        spawner.close()
        home.state.unlink(missing_ok=True)


def main() -> None:
    """``python -m deploy.local.daemon HOME REPORT_FD SERVICE...``: become the supervisor of HOME in the background."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("report_fd", type=int)
    parser.add_argument("services", nargs="*")
    given = parser.parse_args()
    if os.fork():
        os._exit(0)  # whoever started us waits for this one only
    pipe = os.fdopen(given.report_fd, "w", encoding="utf-8")

    def report(kind: str, text: str) -> None:
        with suppress(OSError, ValueError):  # nobody listens any more, or the pipe is closed
            pipe.write(f"{kind} {' '.join(text.splitlines()) if kind == 'say' else text}\n")
            pipe.flush()
            if kind == "ready":
                pipe.close()

    report("pid", str(os.getpid()))
    try:
        _serve(Home.open(given.home), given.services, report)
    except LocalRunError as error:
        report("failed", str(error))
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - told to whoever waits, and written to our log
        traceback.print_exc()
        report("failed", f"{type(error).__name__}: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
