"""How the suite is spread over processes: by file, the long ones first, what shares a platform in one process.

A long file that begins last leaves every other process idle until it is done; budget.toml lists those. A whole
platform costs more to start than most of its tests, so that its folder is one piece.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Final

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.suite.report import BUDGET

IN_ONE_PIECE: Final = ("tests/pipeline/",)


def piece_of(nodeid: str) -> str:
    """What goes to one process: the file of a test, or its folder."""
    return next((folder for folder in IN_ONE_PIECE if nodeid.startswith(folder)), nodeid.partition("::")[0])


def first_ones() -> list[str]:
    """Files (or folders ending in /) that begin first, below tests/."""
    return list(tomllib.loads(BUDGET.read_text(encoding="utf-8"))["first"])


def long_ones_first(nodeids: Sequence[str], first: Sequence[str]) -> list[int]:
    """The order of tests: those of ``first`` in its order, then the others as they were."""

    def place(number: int) -> int:
        found = (at for at, start in enumerate(first) if nodeids[number].startswith(f"tests/{start}"))
        return next(found, len(first))

    return sorted(range(len(nodeids)), key=place)


class ByPiece(LoadFileScheduling):  # type: ignore[misc] # it brings no types
    """Hands out pieces in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)


def order(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tests in each process of a spread run; a run in one process keeps the order of the files."""
    if hasattr(config, "workerinput"):
        items[:] = [items[number] for number in long_ones_first([item.nodeid for item in items], first_ones())]
