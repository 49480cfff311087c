"""What the supervisor writes down, so that any later command knows what runs and kills nothing that is not ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from deploy.local import lifeline
from deploy.local.broker import BrokerKind
from deploy.local.home import Home, write_private

Condition = Literal["starting", "running", "waiting", "ended"]
Restart = Literal["always", "on-failure", "never"]


@dataclass(frozen=True)
class ProcessSpec:
    """A process to keep running beside broker and database.

    ``argv[0]`` is an absolute path. ``env`` is added to the supervisor's own environment. ``health_url`` answers 200
    when the process can work. A dead process is started again after a pause that doubles up to half a minute.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    health_url: str | None = None
    restart: Restart = "always"
    stop_timeout_s: float = 20.0


@dataclass(frozen=True)
class ProcessState:
    """A supervised process as it was when the supervisor last looked.

    ``waiting``: dead, and started again after a pause. ``ended``: dead, and meant to be. ``healthy`` is its own answer.
    """

    name: str
    condition: Condition
    healthy: bool
    pid: int | None
    started: str | None
    restarts: int
    exit_code: int | None
    log: str


@dataclass(frozen=True)
class RunState:
    """Everything that runs in a home. ``generation`` counts the wishes (see ``Wishes``) that have been carried out."""

    supervisor_pid: int
    supervisor_started: str
    broker_kind: BrokerKind
    kafka_bootstrap: str
    has_own_postgres: bool
    database_urls: Mapping[str, str]
    processes: Sequence[ProcessState] = ()
    notices: Sequence[str] = ()
    generation: int = 0

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return lifeline.is_same_process(self.supervisor_pid, self.supervisor_started)

    def as_json(self) -> dict[str, Any]:
        """For printing: the same without passwords."""
        return asdict(self) | {
            "database_urls": {name: without_password(url) for name, url in self.database_urls.items()}
        }


@dataclass(frozen=True)
class Wishes:
    """What a running supervisor is asked to hold up: databases for these services, and these processes."""

    generation: int = 0
    services: Sequence[str] = ()
    processes: Sequence[ProcessSpec] = ()


def without_password(url: str) -> str:
    """A database address that may be shown."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")))


def save_state(home: Home, state: RunState) -> None:
    """Write it in one step, readable by its owner only (it holds passwords)."""
    write_private(home.state, json.dumps(asdict(state), indent=2) + "\n")


def load_state(home: Home) -> RunState | None:
    """What was written last; ``None`` if nothing was, or something that we do not understand."""
    try:
        known = json.loads(home.state.read_text(encoding="utf-8"))
        return RunState(**known | {"processes": tuple(ProcessState(**one) for one in known["processes"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def save_wishes(home: Home, wishes: Wishes) -> None:
    """Write it in one step, readable by its owner only (it holds what services need to know)."""
    write_private(home.wishes, json.dumps(asdict(wishes), indent=2) + "\n")


def load_wishes(home: Home) -> Wishes:
    """What was asked for last; nothing if nothing was.

    Raises:
        ValueError, TypeError, KeyError: the file was not written by :func:`save_wishes`.
    """
    if not home.wishes.exists():
        return Wishes()
    known = json.loads(home.wishes.read_text(encoding="utf-8"))
    return Wishes(**known | {"processes": tuple(ProcessSpec(**one) for one in known["processes"])})
