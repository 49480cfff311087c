"""One supervised process: started tied to us, stopped within bounds, and able to be broken on purpose.

The conformance suite kills and pauses the broker and the database through the same object that `payung up` uses.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import lifeline
from deploy.local.errors import LocalRunError
from deploy.local.logs import tail
from deploy.local.spawner import Command, spawner

POLL_S = 0.02
KILLED_WITHIN_S = 5.0


@dataclass
class Child:
    """A process with a name, a log and a way to ask whether it is ready.

    ``command`` is asked for at each start, so that a restart keeps port and data and takes fresh settings.
    ``is_ready`` says whether it answers; it must return quickly.
    """

    name: str
    command: Callable[[], Command]
    log: Path
    is_ready: Callable[[], bool] = lambda: True
    start_timeout_s: float = 60.0
    stop_timeout_s: float = 20.0
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _command: Command | None = field(default=None, init=False, repr=False)
    _paused: list[int] = field(default_factory=list, init=False, repr=False)

    @property
    def pid(self) -> int | None:
        """Its process number while it runs."""
        return self._process.pid if self.is_running and self._process is not None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended (negative: by that signal); ``None`` while it runs or before it ran."""
        return None if self._process is None else self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether the process exists (it may be paused or not ready yet)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it if it does not run, and wait until it is ready.

        Raises:
            LocalRunError: it ended or did not answer in time; the text holds the end of its log.
        """
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start it if it does not run, without waiting."""
        if not self.is_running:
            self._ended()
            self._command = self.command()
            self._process = spawner.start(self._command, self.log)

    def wait_ready(self) -> None:
        """Wait until it answers; errors as :meth:`start`."""
        deadline = time.monotonic() + self.start_timeout_s
        while True:
            if not self.is_running:
                raise LocalRunError(f"{self.name} ended at its start{self._log_tail()}")
            if self.is_ready():
                return
            if time.monotonic() > deadline:
                raise LocalRunError(f"{self.name} gave no answer in {self.start_timeout_s:.0f} s{self._log_tail()}")
            time.sleep(POLL_S * 2)

    def stop(self) -> None:
        """Ask it to end, wait ``stop_timeout_s``, then kill it. Harmless when it does not run."""
        if self._process is None or self._command is None or not self.is_running:
            self._ended()
            return
        self.resume()
        lifeline.send(self._process.pid, self._command.stop_signal)
        try:
            self._process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._ended()

    def kill(self) -> None:
        """End it and all below it at once, as a crash would."""
        if self._process is None or not self.is_running:
            self._ended()
            return
        family = [self._process.pid, *lifeline.descendants(self._process.pid)]
        for pid in family:
            lifeline.send(pid, signal.SIGKILL)
        self._process.wait()
        deadline = time.monotonic() + KILLED_WITHIN_S
        while any(lifeline.start_time(pid) for pid in family) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        self._ended()

    def pause(self) -> None:
        """Freeze it and all below it: connections stay open and nobody answers."""
        if self._process is not None and self.is_running:
            lifeline.send(self._process.pid, signal.SIGSTOP)  # first, so that it makes no new children
            self._paused = [self._process.pid, *lifeline.descendants(self._process.pid)]
            for pid in self._paused:
                lifeline.send(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after :meth:`pause`."""
        for pid in reversed(self._paused):
            lifeline.send(pid, signal.SIGCONT)
        self._paused = []

    def _ended(self) -> None:
        """Forget a process that is gone, and end what it left behind in its group."""
        if self._process is None:
            return
        pid, self._process, self._paused = self._process.pid, None, []
        if lifeline.start_time(pid) is None:  # a number that nobody else has by now
            for orphan in lifeline.descendants(pid):
                lifeline.send(orphan, signal.SIGKILL)
        spawner.forget(pid)

    def _log_tail(self) -> str:
        end = tail(self.log)
        return f". The end of its log, {self.log}:\n{end}" if end else f". Its log, {self.log}, is empty."
