"""The embedded run works as root and as a normal user, and changes nobody else's permissions."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import deploy
from deploy.local import account, lifeline
from deploy.local.kafka.jars import ensure_jars, jars_folder
from deploy.local.postgres import binaries
from deploy.local.postgres.server import SYSTEM_FOLDER, folder
from deploy.local.stack import destroy, local_stack

PROJECT = Path(deploy.__file__).resolve().parents[1]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
MESH = {"PAYUNG_LOCAL_BROKER": "mesh", "PATH": os.defpath}

CHILD = """
import json, os, sys
from pathlib import Path
from deploy.local import lifeline
from deploy.local.stack import local_stack
with local_stack(Path(sys.argv[1]), ["enrolment"]) as stack:
    pids = [child.pid for child in stack.children]
    owners = sorted({os.stat(f"/proc/{pid}").st_uid for pid in pids}) if os.path.isdir("/proc/self") else [os.getuid()]
    stack.databases.ensure(["subsidy"])
    print(json.dumps({"kind": stack.broker_kind, "owners": owners, "pids": pids}))
"""


def _modes(place: Path) -> dict[str, tuple[int, int, int]]:
    """Mode and owner of a folder and of all above it."""
    looked = {folder: folder.stat() for folder in (place, *place.parents)}
    return {str(name): (stat.S_IMODE(seen.st_mode), seen.st_uid, seen.st_gid) for name, seen in looked.items()}


def test_no_folder_above_is_touched(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    outside = [closed, SYSTEM_FOLDER.parent, binaries.bundled() / "bin", Path.home()]
    before = [_modes(place) for place in outside]
    with local_stack(home, ["enrolment"], env=MESH) as stack:
        data = folder(stack.home) / "data"
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        for file in home.glob("*.json"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert [_modes(place) for place in outside] == before
    place = folder(stack.home)
    destroy(home)
    assert not home.exists()
    assert not place.exists()
    assert [_modes(place) for place in outside] == before


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can pass through (``tmp_path`` is closed to others)."""
    path = Path(tempfile.mkdtemp(prefix="payung-open-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@AS_ROOT
def test_for_root_the_database_runs_as_somebody_else() -> None:
    found = account.unprivileged()
    assert found.uid not in {0, lifeline.KEEP}
    assert found.is_ours or not any(shutil.which(maker[0]) for maker in account.MAKERS)


@AS_ROOT
def test_programs_in_a_closed_folder_are_copied_not_opened(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment below root's home is one that PostgreSQL's account cannot enter."""
    closed, system = open_folder / "closed", open_folder / "system"
    closed.mkdir(mode=0o700)
    system.mkdir(mode=0o711)
    shutil.copytree(binaries.bundled(), closed / "programs", symlinks=True)
    monkeypatch.setattr(binaries, "bundled", lambda: closed / "programs")
    user = account.unprivileged()
    assert binaries.version(closed / "programs", user) is None
    usable = binaries.usable_by(user, system)
    assert usable.parent == system
    assert "(PostgreSQL) 18" in (binaries.version(usable, user) or "")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert binaries.usable_by(user, system) == usable  # copied once


@AS_ROOT
@pytest.mark.real_kafka
def test_a_normal_user_needs_nothing_of_root(open_folder: Path) -> None:
    user = pwd.getpwnam("nobody")
    modules = os.pathsep.join([str(PROJECT), *(path for path in sys.path if "site-packages" in path)])
    python = _python_for(user, modules)
    if python is None:
        pytest.skip("no Python of this version and our packages that a normal user may read are on this machine")
    own = open_folder / "own"
    cache = own / "cache"
    cached = jars_folder(cache / "payung")
    cached.parent.mkdir(parents=True)
    jars = ensure_jars()
    shutil.copytree(jars, cached)  # fetched for root already
    for archive in jars.parent.glob(f"{jars.name}-java-*.jsa"):
        shutil.copy2(archive, cached.parent)
    for path in (own, *own.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    before = _modes(own)
    ran = subprocess.run(
        [python, "-c", CHILD, str(own / "home")],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        cwd="/",
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        env={"PATH": os.environ["PATH"], "HOME": str(own), "XDG_CACHE_HOME": str(cache), "PYTHONPATH": modules},
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["kind"], told["owners"]) == ("kafka", [user.pw_uid])
    assert [pid for pid in told["pids"] if lifeline.start_time(pid)] == []
    assert (own / "home" / "postgres" / "data" / "PG_VERSION").read_text().strip() == "18"
    assert _modes(own) == before


def _python_for(user: pwd.struct_passwd, modules: str) -> str | None:
    """A Python like ours that this user can run with our packages."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            works = subprocess.run(
                [candidate, "-c", "import deploy.local.stack"],
                capture_output=True,
                check=False,
                cwd="/",
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
                env={"PYTHONPATH": modules, "PYTHONDONTWRITEBYTECODE": "1"},
            )
        except OSError:
            continue
        if works.returncode == 0:
            return candidate
    return None
