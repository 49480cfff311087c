"""A command that the doctor gives can be typed as it stands, whatever the folder is called."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from deploy.local import doctor


def test_a_folder_with_a_space_stays_one_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "two words; rm"
    home.mkdir()
    usage = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (disk,) = (check for check in doctor.examine(home) if check.name == "disk")
    assert disk.verdict == "fail"
    assert str(home) in shlex.split(disk.mend)
