"""People who walk in: clean rows of the sample roster, each once."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from deploy.sandbox.province import Wish, generate

_CLEAN_SHARE = 0.9


def walk_in(folder: Path, count: int, seed: int = 7) -> Iterator[bytes]:
    """``count`` bodies of `POST /v1/workers`, made up; nobody comes twice."""
    generate(Wish(int(count / _CLEAN_SHARE) + 100, 0, seed), folder)
    with (folder / "roster-truth.csv").open(encoding="utf-8", newline="") as truth:
        odd = {int(row["row"]) for row in csv.DictReader(truth)}
    with (folder / "roster.csv").open(encoding="utf-8", newline="") as roster:
        for number, row in enumerate(csv.DictReader(roster), 1):
            if number not in odd:
                yield json.dumps(row, ensure_ascii=False).encode()
