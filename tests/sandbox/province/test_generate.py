"""The same seed, the same bytes; memory that does not grow; a sheet that opens; wishes that are refused.

``PAYUNG_FAULTS=long`` looks at the memory of 200,000 rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import python_calamine
from typer.testing import CliRunner, Result

from deploy.cli.application import app
from deploy.sandbox.province import SampleError, Wish, generate
from deploy.sandbox.province.files import SHEET_ROWS
from shared.periods import Month
from tests.sandbox.province.conftest import Sample

MEGABYTE = 1024 * 1024
MANY = 200_000 if os.environ.get("PAYUNG_FAULTS") == "long" else 60_000


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("roster_format", ["csv", "xlsx"])
def test_the_same_seed_gives_the_same_bytes(roster_format: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(Wish(1500, 20, 5, format=roster_format), tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    generate(Wish(1500, 20, 6, format=roster_format), tmp_path / "other")
    same = digests(tmp_path / "one").items() & digests(tmp_path / "other").items()
    assert not same


def test_bytes_do_not_change_between_versions(tmp_path: Path) -> None:
    """People compare runs by seed. Change this sum with a reason; a new occupation in shared/reference is one."""
    manifest = generate(Wish(2000, 30, 1), tmp_path)
    assert (
        manifest["files"]["roster.csv"]["sha256"] == "d17f2ef9c390bf43069bab34f20c93b44bfaf705f99151e9e9e7e550473d1134"
    )


def test_more_employers_leave_the_roster_as_it_is(tmp_path: Path) -> None:
    """Its rows differ only where the wider range of persons changes birth dates, never in kinds."""
    few, many = generate(Wish(1500, 0, 5), tmp_path / "few"), generate(Wish(1500, 40, 5), tmp_path / "many")
    assert few["roster"]["ineligible"] == many["roster"]["ineligible"]
    assert few["files"]["roster-truth.csv"] == many["files"]["roster-truth.csv"]


def test_the_manifest_describes_the_files(sample: Sample) -> None:
    found = digests(sample.folder)
    assert set(found) == {*sample.manifest["files"], "manifest.json"}
    for name, file in sample.manifest["files"].items():
        assert file["sha256"] == found[name]
        assert file["bytes"] == (sample.folder / name).stat().st_size
    assert "Tidak ada orang" in (sample.folder / "README.md").read_text()


def test_a_sheet_opens_with_text_niks_and_real_dates(tmp_path: Path) -> None:
    generate(Wish(1000, 0, 7, format="xlsx"), tmp_path / "sheet")
    generate(Wish(1000, 0, 7), tmp_path / "text")
    sheet = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "sheet" / "roster.xlsx")).get_sheet_by_index(0)
    header, *rows = sheet.to_python()
    lines = (tmp_path / "text" / "roster.csv").read_text().splitlines()
    assert ",".join(map(str, header)) == lines[0]
    assert len(rows) == 1000
    for row, line in zip(rows, lines[1:], strict=True):
        assert isinstance(row[1], str)
        born = row[2].isoformat() if isinstance(row[2], date) else row[2]
        assert isinstance(row[10], float)
        assert ",".join(map(str, [row[0], row[1], born, *row[3:10], int(row[10])])) == line


def test_memory_does_not_grow_with_the_roster(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from deploy.sandbox.province import Wish, generate;"
        f"generate(Wish({MANY}, 300, 1), Path({str(tmp_path)!r}));"
        # Not ru_maxrss: a new process inherits that of the one that started it.
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=True)
    assert int(done.stdout) * 1024 < 150 * MEGABYTE
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["roster"]["rows"] == MANY


@pytest.mark.parametrize(
    "wish",
    [
        Wish(0, 0, 1),
        Wish(10**9, 0, 1),
        Wish(10, -1, 1),
        Wish(10, 10**6, 1),
        Wish(10, 0, 1, format="ods"),
        Wish(SHEET_ROWS + 1, 0, 1, format="xlsx"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_with_a_sentence(wish: Wish, tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="choose"):
        generate(wish, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SampleError, match="choose another"):
        generate(Wish(10, 0, 1), tmp_path / "file" / "sample")


def test_the_smallest_sample_and_any_month(tmp_path: Path) -> None:
    for month in (Month(2026, 1), Month(2028, 2), Month(2024, 12)):
        manifest = generate(Wish(1, 1, 3, month), tmp_path / str(month))
        assert manifest["roster"]["rows"] == 1


def payung(*arguments: str, home: Path) -> Result:
    """Run the command in this process, with a home of its own."""
    return CliRunner().invoke(app, arguments, env={"PAYUNG_HOME": str(home)})


def test_the_command_writes_a_sample_and_says_what_must_be_found(tmp_path: Path) -> None:
    folder = str(tmp_path / "sample")
    wish = ("--workers", "500", "--employers", "5", "--seed", "2", "--month", "2026-10", "--out", folder)
    done = payung("roster", "generate", *wish, "--json", home=tmp_path)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["roster"]["rows"] == 500
    assert told["parameters"]["month"] == "2026-10"
    refused = payung("roster", "generate", "--workers", "0", "--out", folder, home=tmp_path)
    assert refused.exit_code == 1
    assert "choose a number" in refused.stderr
    assert "choose" not in payung("roster", "generate", "--month", "2026-13", "--out", folder, home=tmp_path).stdout


def test_the_command_tells_the_branch_how_to_behave(tmp_path: Path) -> None:
    (tmp_path / "exchange").mkdir()
    payung("bpjs", "behave", "--bill", "delay", "--delay-s", "9", home=tmp_path)
    done = payung("bpjs", "behave", "--group-answer", "partial", "--json", home=tmp_path)
    assert done.exit_code == 0, done.stderr
    written = json.loads((tmp_path / "exchange" / "sandbox.json").read_text())
    assert written == {
        "group_answer": "partial",
        "bill": "delay",
        "confirmation": "normal",
        "delay_s": 9.0,
        "share": 0.9,
        "reject_share": 0.0,
    }
    payung("bpjs", "behave", "--normal", home=tmp_path)
    assert json.loads(payung("bpjs", "show", "--json", home=tmp_path).stdout)["bill"] == "normal"
    assert payung("bpjs", "behave", "--bill", "maybe", home=tmp_path).exit_code == 2
