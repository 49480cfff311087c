"""Keeps one process running: a dead one comes back after a pause that doubles with every failure, up to a bound."""

from __future__ import annotations

import time
from collections.abc import Callable

from deploy.local import lifeline
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.state import Condition, ProcessState, Restart

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_AFTER_S = 60.0  # a process that ran this long starts again without having its past held against it


class Keeper:
    """Watches ``child``; call :meth:`tick` a few times a second. ``now`` gives monotonic seconds."""

    def __init__(
        self, name: str, child: Child, restart: Restart = "always", now: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self.child = child
        self.healthy = False  # set by whoever asks the process
        self._restart = restart
        self._now = now
        self._launched_at = now()
        self._again_at: float | None = None
        self._failures = 0
        self._restarts = 0
        self._exit_code: int | None = None

    def tick(self) -> None:
        """See whether it died, and start it again when its pause is over."""
        if self.child.is_running:
            return
        if self._again_at is None:
            self._exit_code = self.child.exit_code
            self.healthy = False
            if not self._is_done:
                self._again_at = self._now() + self._pause_s()
        elif self._now() >= self._again_at:
            self._start_again()

    def state(self) -> ProcessState:
        """How it stands, for the state file."""
        pid = self.child.pid
        return ProcessState(
            name=self.name,
            condition=self._condition(),
            healthy=self.healthy and pid is not None,
            pid=pid,
            started=None if pid is None else lifeline.start_time(pid),
            restarts=self._restarts,
            exit_code=self._exit_code,
            log=str(self.child.log),
        )

    @property
    def _is_done(self) -> bool:
        """Dead as it should be: one that is never restarted, or that ended well and is restarted on failure only."""
        code = self.child.exit_code
        return code is not None and (self._restart == "never" or (self._restart == "on-failure" and code == 0))

    def _condition(self) -> Condition:
        if self.child.is_running:
            return "running" if self.healthy else "starting"
        return "ended" if self._is_done else "waiting"

    def _pause_s(self) -> float:
        steady = self._now() - self._launched_at >= STEADY_AFTER_S
        self._failures = 1 if steady else self._failures + 1
        return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._failures - 1, 16)))

    def _start_again(self) -> None:
        self._launched_at = self._now()
        self._restarts += 1
        try:
            self.child.launch()
            self._again_at = None
        except (LocalRunError, OSError):
            self._again_at = self._now() + self._pause_s()
