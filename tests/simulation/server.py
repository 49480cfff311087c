"""A PostgreSQL server of the simulation's own that may forget: no fsync, in memory where there is room, one socket.

It is the same program with the same SQL as everywhere else; only what a power cut would need is off, since a
simulated crash is a process that dies and never a machine.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from deploy.local import lifeline
from deploy.local.account import Account, unprivileged
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.postgres import binaries
from deploy.local.postgres.server import ENVIRONMENT, SETTINGS, SUPERUSER, SYSTEM_FOLDER
from deploy.local.programs import run
from deploy.local.spawner import Command

_MEMORY: Final = Path("/dev/shm")
_ROOM_BYTES: Final = 2 * 1024**3
_FORGETFUL: Final = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "off",
    "max_wal_size": "512MB",
    "autovacuum": "off",  # seeds empty the tables themselves, and nothing else may run beside them
    "shared_buffers": "128MB",
    "max_connections": "100",
    # Tables hold a handful of rows: planning a statement costs more than running it.
    "plan_cache_mode": "force_generic_plan",
    "track_activities": "off",
    "track_counts": "off",
}


@dataclass(frozen=True)
class Server:
    """A running server: where its socket lies."""

    socket_folder: Path

    def url(self, database: str) -> str:
        """The address of a database, as superuser."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.socket_folder))}"


@contextlib.contextmanager
def forgetful_server() -> Iterator[Server]:
    """A fresh server that is gone with everything in it afterwards, and dies with this process."""
    account = unprivileged()
    programs = binaries.usable_by(account, SYSTEM_FOLDER)
    place = Path(tempfile.mkdtemp(prefix="payung-sim-", dir=_roomy_folder()))
    try:
        if account.uid != lifeline.KEEP:
            os.chown(place, account.uid, account.gid)
        _initialise(place, programs, account)
        child = Child(
            "PostgreSQL of the simulation",
            lambda: _command(place, programs, account),
            Path(tempfile.gettempdir()) / f"{place.name}.log",
            lambda: _is_ready(place / "data"),
        )
        child.start()
        try:
            yield Server(place)
        finally:
            child.stop()
            child.log.unlink(missing_ok=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _roomy_folder() -> Path | None:
    """Memory, if it has room; else where temporary files lie."""
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free > _ROOM_BYTES else None


def _initialise(place: Path, programs: Path, account: Account) -> None:
    made = run(
        [
            *(programs / "bin" / "initdb", "-D", place / "data", "-U", SUPERUSER, "--no-sync", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ],
        env=ENVIRONMENT,
        account=account,
    )
    if made.returncode != 0:
        raise LocalRunError(f"PostgreSQL could not make the simulation's data folder: {made.stderr.strip()}")


def _command(place: Path, programs: Path, account: Account) -> Command:
    settings = SETTINGS | _FORGETFUL | {"unix_socket_directories": str(place)}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Command(
        argv=[str(programs / "bin" / "postgres"), "-D", str(place / "data"), *words],
        env=ENVIRONMENT,
        cwd=Path("/"),
        uid=account.uid,
        gid=account.gid,
        stop_signal=signal.SIGQUIT,  # it may forget, so it need not tidy up
        death_signal=signal.SIGQUIT,
    )


def _is_ready(data: Path) -> bool:
    """PostgreSQL writes its state as the eighth line of its lock file."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def fresh_name(prefix: str) -> str:
    """A database name that nobody has."""
    return f"{prefix}_{secrets.token_hex(4)}"
