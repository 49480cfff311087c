"""One sample for all tests that only read it."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.sandbox.province import Wish, generate

WISH = Wish(workers=10_000, employers=300, seed=7)


@dataclass(frozen=True)
class Sample:
    """A written sample."""

    folder: Path
    manifest: dict[str, Any]

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of one of its files."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def kinds(self) -> dict[int, tuple[str, int | None]]:
        """Row number to kind and repeated row, of rows that are not clean."""
        return {
            int(row["row"]): (row["kind"], int(row["first_row"]) if row["first_row"] else None)
            for row in self.rows("roster-truth.csv")
        }


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("sample")
    generate(WISH, folder)
    return Sample(folder, json.loads((folder / "manifest.json").read_text()))
