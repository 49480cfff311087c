"""Everything that one embedded run keeps lies under one folder: two runs never meet, one command removes it."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.file_lock import locked
from deploy.local.errors import LocalRunError

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
SYSTEM_HOME = Path("/var/lib/payung")


def default_home(env: Mapping[str, str] = os.environ) -> Path:
    """Where the state lies: ``PAYUNG_HOME``, else the system folder for root, else the user's data folder."""
    if given := env.get("PAYUNG_HOME"):
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return SYSTEM_HOME
    base = env.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser().absolute() / "payung"


def default_cache(env: Mapping[str, str] = os.environ) -> Path:
    """Where fetched files lie that any run can share: the user's cache folder."""
    return Path(env.get("XDG_CACHE_HOME") or "~/.cache").expanduser().absolute() / "payung"


def write_private(path: Path, content: str) -> None:
    """Replace a file in one step, readable by its owner only; a crash leaves the old one or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Home:
    """The state folder of one embedded run. :meth:`open` makes it."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> Home:
        """The home at ``path``, made (readable by its owner only) when it is missing.

        Raises:
            LocalRunError: it cannot be made or written to.
        """
        home = cls(path.expanduser().absolute())
        try:
            home.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            home.logs.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        except OSError as error:
            raise LocalRunError(
                f"Cannot write to {home.path} ({error.strerror}); point PAYUNG_HOME at a folder of yours."
            ) from error
        return home

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.path / "logs"

    @property
    def kafka(self) -> Path:
        """The broker's settings and data."""
        return self.path / "kafka"

    @property
    def lock(self) -> Path:
        """Held for a moment by whoever starts or stops this home."""
        return self.path / "lock"

    @property
    def owner_lock(self) -> Path:
        """Held by the process that runs this home, for as long as it runs it."""
        return self.path / "owner.lock"

    @property
    def state(self) -> Path:
        """What runs now: process numbers with start times, addresses."""
        return self.path / "state.json"

    @property
    def wishes(self) -> Path:
        """What the running supervisor is asked to hold up."""
        return self.path / "wishes.json"

    @property
    def identifier(self) -> str:
        """A random name that stays with this folder, for what has to lie elsewhere."""
        return self._kept("identity.json", "identifier", lambda: secrets.token_hex(8))

    def port(self, name: str) -> int | None:
        """The port that ``name`` had last time."""
        port = self._load("ports.json").get(name)
        return None if port is None else int(port)

    def remember_port(self, name: str, port: int) -> None:
        """Keep a port for next time."""
        with locked(self.path / "facts.lock"):
            self._store("ports.json", self._load("ports.json") | {name: port})

    def keep_port(self, name: str, choose: Callable[[int | None], int]) -> int:
        """The port of ``name``, as ``choose`` decides from the one it had; whoever asks at once gets the same one."""
        with locked(self.path / "facts.lock"):
            known = self._load("ports.json")
            port = choose(known.get(name))
            if port != known.get(name):
                self._store("ports.json", known | {name: port})
        return port

    def make_once(self, path: Path, make: Callable[[], str]) -> Path:
        """The private file at ``path``, written the first time; whoever asks at once finds the same content."""
        with locked(self.path / "facts.lock"):
            if not path.exists():
                write_private(path, make())
        return path

    def password(self, name: str) -> str:
        """The password of a database role, made at random the first time."""
        return self._kept("passwords.json", name, lambda: secrets.token_urlsafe(24))

    def _kept(self, file: str, name: str, make: Callable[[], str]) -> str:
        """The value kept under ``name``; threads and processes that ask at once get the same one."""
        with locked(self.path / "facts.lock"):
            known = self._load(file)
            if name not in known:
                known[name] = make()
                self._store(file, known)
            return str(known[name])

    def _load(self, file: str) -> dict[str, Any]:
        path = self.path / file
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def _store(self, file: str, value: dict[str, Any]) -> None:
        write_private(self.path / file, json.dumps(value, indent=2, sort_keys=True) + "\n")
