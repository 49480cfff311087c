"""The commands: make explains each target, setup speaks in sentences and rests when there is nothing to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import check

REPOSITORY = Path(__file__).resolve().parents[2]
MAKEFILE = (REPOSITORY / "Makefile").read_text()
QUICK_S = 0.1


def run(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What `make setup` reads, in a folder of its own whose name has a space."""
    folder = tmp_path / "with space"
    (folder / "tools").mkdir(parents=True)
    (folder / "requirements").mkdir()
    for name in ("Makefile", "pyproject.toml", "tools/setup", "requirements/development.txt"):
        shutil.copy2(REPOSITORY / name, folder / name)
    return folder


def test_bare_make_explains_every_target() -> None:
    shown = run("make", "-f", REPOSITORY / "Makefile", folder=REPOSITORY, MAKEFLAGS="").stdout
    phony = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[0].split()) - {"help", "moved"}
    explained = dict(re.findall(r"^  ([a-z-]+) +(\S.*)$", shown, re.M))
    assert set(explained) == phony
    columns = {
        len(line) - len(line.lstrip(" ").partition(" ")[2].lstrip()) for line in shown.splitlines() if line[:2] == "  "
    }
    assert len(columns) == 1, "the explanations stand in one column"


def test_setup_says_what_to_do_without_a_new_enough_python(copy: Path) -> None:
    done = run("make", "setup", "PYTHON=python9", folder=copy, MAKEFLAGS="")
    assert done.returncode != 0
    assert "Payung needs Python 3.11 or newer and found none under the name python9. Install it" in done.stderr
    assert not (copy / ".venv/.ready").exists()


def test_setup_is_silent_and_quick_when_nothing_changed_and_works_again_after_a_change(copy: Path) -> None:
    (copy / ".venv").mkdir()
    (copy / ".venv/.ready").write_text(str(copy.resolve()))
    before = os.times()
    done = run("make", "setup", "PYTHON=python9", folder=copy, MAKEFLAGS="")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    after = os.times()
    # Of the processor's time: the clock on the wall measures what else the machine does.
    assert after.children_user + after.children_system - before.children_user - before.children_system < QUICK_S
    later = (copy / ".venv/.ready").stat().st_mtime + 1
    os.utime(copy / "pyproject.toml", (later, later))
    assert "Python" in run("make", "setup", "PYTHON=python9", folder=copy, MAKEFLAGS="").stderr


def test_setup_works_again_in_a_folder_that_was_moved(copy: Path) -> None:
    (copy / ".venv").mkdir()
    (copy / ".venv/.ready").write_text("/somewhere/else")
    assert "Python" in run("make", "setup", "PYTHON=python9", folder=copy, MAKEFLAGS="").stderr


def test_all_checks_run_even_when_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = (
        check.Check("first", "fails", ("python", "-c", "print('why it fails'); raise SystemExit(1)"), "mend the first"),
        check.Check("second", "passes", ("python", "-c", "pass"), "never shown"),
        check.Check("third", "is missing", ("no-such-program",), "install it"),
    )
    monkeypatch.setattr(check, "CHECKS", planted)
    monkeypatch.setattr(check, "BIN", Path(sys.executable).parent)
    monkeypatch.setattr(sys, "argv", ["check.py"])
    assert check.main() == 1
    shown = capsys.readouterr().out
    assert re.findall(r"^(\w+) +(\w+) ", shown, re.M)[:3] == [
        ("FAILED", "first"),
        ("ok", "second"),
        ("FAILED", "third"),
    ]
    assert "first: mend the first\nwhy it fails" in shown
    assert "never shown" not in shown
    assert "2 of 3 checks failed." in shown


def test_one_check_can_run_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    planted = (
        check.Check("first", "fails", ("python", "-c", "raise SystemExit(1)"), ""),
        check.Check("second", "passes", ("python", "-c", "print('a warning')"), "", warns=True),
    )
    monkeypatch.setattr(check, "CHECKS", planted)
    monkeypatch.setattr(check, "BIN", Path(sys.executable).parent)
    monkeypatch.setattr(sys, "argv", ["check.py", "second"])
    assert check.main() == 0
    assert re.fullmatch(
        r"ok +second +passes +\d+\.\d s +1 warnings: python -c print\('a warning'\)\n", capsys.readouterr().out
    )
