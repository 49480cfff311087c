"""Starts every child tied to us, from one thread that never ends, with a watchdog told about each.

The kernel ties a child to the *thread* that made it: a child made by a worker thread would be killed as soon as that
thread went home.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local import lifeline


@dataclass(frozen=True)
class Command:
    """What to run and as whom; ``uid`` and ``gid`` are ``lifeline.KEEP`` for "as we are".

    ``stop_signal`` asks it to end; ``death_signal`` is what the kernel sends it when we are gone (Linux).
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    uid: int = lifeline.KEEP
    gid: int = lifeline.KEEP
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL


class Spawner:
    """The one maker of children in this process; use :data:`spawner`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner_pid = 0
        self._wanted: queue.Queue[tuple[Command, Path, Future[subprocess.Popen[bytes]]]] = queue.Queue()
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._children: dict[int, str] = {}

    def start(self, command: Command, log: Path) -> subprocess.Popen[bytes]:
        """Start it with its output appended to ``log``.

        Raises:
            OSError: the log or the working folder cannot be opened.
        """
        with self._lock:
            if self._owner_pid != os.getpid():  # first use, or a fork: threads and children do not follow one
                self._owner_pid = os.getpid()
                self._wanted, self._watchdog, self._children = queue.Queue(), None, {}
                threading.Thread(target=self._run, args=(self._wanted,), name="spawner", daemon=True).start()
        future: Future[subprocess.Popen[bytes]] = Future()
        self._wanted.put((command, log, future))
        return future.result()

    def forget(self, pid: int) -> None:
        """The process ended in our sight; its number may be used again by somebody else."""
        with self._lock:
            self._children.pop(pid, None)
            self._tell(f"-{pid}\n")

    def close(self) -> None:
        """All is stopped: let the watchdog go, and wait for it, so that nothing at all runs on."""
        with self._lock:
            watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None and watchdog.stdin is not None:
            with suppress(BrokenPipeError):
                watchdog.stdin.close()
            watchdog.wait()

    def _run(self, wanted: queue.Queue[tuple[Command, Path, Future[subprocess.Popen[bytes]]]]) -> None:
        while True:
            command, log, future = wanted.get()
            try:
                future.set_result(self._spawn(command, log))
            except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
                future.set_exception(error)

    def _spawn(self, command: Command, log_path: Path) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._watchdog is None or self._watchdog.poll() is not None:
                self._start_watchdog()
        tie = [str(os.getpid()), str(int(command.death_signal)), str(command.uid), str(command.gid)]
        with log_path.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - programs of ours, no shell
                [sys.executable, "-I", "-S", lifeline.__file__, "exec", *tie, *command.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(command.env),
                cwd=command.cwd,
                start_new_session=True,  # Ctrl-C in the terminal is for us, not for the database
            )
        with self._lock:
            self._children[child.pid] = str(lifeline.start_time(child.pid))
            self._tell(f"+{child.pid} {self._children[child.pid]}\n")
        return child

    def _start_watchdog(self) -> None:
        """Start it, also after somebody killed it, and tell it what runs."""
        self._watchdog = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-I", "-S", lifeline.__file__, "watch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        for pid, started in self._children.items():
            self._tell(f"+{pid} {started}\n")

    def _tell(self, line: str) -> None:
        watchdog = self._watchdog
        if watchdog is not None and watchdog.stdin is not None:
            with suppress(BrokenPipeError):  # the next child starts a new one
                watchdog.stdin.write(line.encode())
                watchdog.stdin.flush()


spawner = Spawner()
