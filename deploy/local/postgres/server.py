"""A PostgreSQL server of our own: passwords for everybody, loopback only, durable, never as root.

For root the data lies in a system folder, because PostgreSQL's account must not need a way into root's folders.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from deploy.local import lifeline, ports
from deploy.local.account import Account, unprivileged
from deploy.local.child import Child
from deploy.local.errors import LocalRunError
from deploy.local.home import PRIVATE_FOLDER, Home
from deploy.local.postgres import binaries
from deploy.local.programs import run
from deploy.local.spawner import Command

SYSTEM_FOLDER = Path("/var/lib/payung-postgresql")
SUPERUSER = "postgres"
PORT_NAME = "postgres"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}  # nothing of PGPORT, PGDATA and the like

SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "300",
    "shared_buffers": "512MB",
    # Money: a commit that was answered is on the disk.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_wal_size": "4GB",
    "wal_buffers": "32MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our statements take
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Values and details could name a person, and logs are read by many.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_line_prefix": "%m [%p] %q%d ",
}


def folder(home: Home) -> Path:
    """Where this home's database lies: inside it, or for root in the system folder under the home's identifier."""
    return SYSTEM_FOLDER / home.identifier if os.geteuid() == 0 else home.path / "postgres"


def server(home: Home) -> Child:
    """The database server of ``home``: its data made if missing, not started yet.

    Raises:
        LocalRunError: the programs are missing or do not run, or the data cannot be made.
    """
    account = unprivileged()
    place = _own_folder(home, account)
    programs = binaries.usable_by(account, SYSTEM_FOLDER)
    data = place / "data"
    if not data.exists():
        _initialise(place, programs, account, home.password(SUPERUSER))
    port = ports.choose(home.port(PORT_NAME))
    home.remember_port(PORT_NAME, port)
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]

    def command() -> Command:
        _clear_stale_lock(data)
        return Command(
            argv=[str(programs / "bin" / "postgres"), "-D", str(data), "-p", str(port), *settings],
            env=ENVIRONMENT,
            cwd=Path("/"),
            uid=account.uid,
            gid=account.gid,
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast": roll back, checkpoint, end
            death_signal=signal.SIGQUIT,  # "immediate": it takes its children along and recovers at the next start
        )

    log = home.logs / "postgres.log"
    return Child("PostgreSQL", command, log, lambda: _is_ready(data), start_timeout_s=120, stop_timeout_s=30)


def forget_data(home: Home) -> None:
    """Remove the database of a home that does not run."""
    shutil.rmtree(folder(home), ignore_errors=True)
    (SYSTEM_FOLDER / f"{home.identifier}.home").unlink(missing_ok=True)


def psql(home: Home) -> list[str]:
    """The command line of ``psql`` as superuser, without a database and without the password."""
    program = binaries.bundled() / "bin" / "psql"
    options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    return [str(program), *options, "-h", ports.LOOPBACK, "-p", str(home.port(PORT_NAME)), "-U", SUPERUSER]


def _own_folder(home: Home, account: Account) -> Path:
    place = folder(home)
    if account.uid == lifeline.KEEP:
        place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        return place
    SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    os.chown(place, account.uid, account.gid)
    note = SYSTEM_FOLDER / f"{home.identifier}.home"
    note.write_text(f"{home.path}\n", encoding="utf-8")  # so that data whose home is gone can be found
    return place


def _initialise(place: Path, programs: Path, account: Account, password: str) -> None:
    """Make the data folder beside its final place and move it there in one step."""
    for leftover in place.glob("new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(dir=place, prefix="new-"))
    secret = fresh / "password"
    secret.write_text(password, encoding="utf-8")
    if account.uid != lifeline.KEEP:
        for path in (fresh, secret):
            os.chown(path, account.uid, account.gid)
    secret.chmod(0o600)
    made = run(
        [
            *(programs / "bin" / "initdb", "-D", fresh / "data", "-U", SUPERUSER, f"--pwfile={secret}"),
            *("--auth-host=scram-sha-256", "--auth-local=scram-sha-256", "--encoding=UTF8"),
            *(["--sync-method=syncfs"] if sys.platform == "linux" else []),  # one call instead of a thousand
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),  # no locale to install
        ],
        env=ENVIRONMENT,
        account=account,
    )
    secret.unlink()
    if made.returncode != 0:
        raise LocalRunError(f"PostgreSQL could not make its data folder in {place}: {made.stderr.strip()}")
    (fresh / "data").rename(place / "data")
    shutil.rmtree(fresh)


def _is_ready(data: Path) -> bool:
    """PostgreSQL writes its state as the eighth line of its lock file."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _clear_stale_lock(data: Path) -> None:
    """Remove the lock of a server that is gone, whose number another process may have by now."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return
    if _works_in(pid, data):
        raise LocalRunError(f"PostgreSQL runs on {data} already, as process {pid}. Stop that one first.")
    lock.unlink(missing_ok=True)


def _works_in(pid: int, data: Path) -> bool:
    """Whether this process is a PostgreSQL server on ``data``; where that cannot be seen, PostgreSQL itself looks."""
    if lifeline.start_time(pid) is None:
        return False
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:
        return not Path("/proc/self").exists()
