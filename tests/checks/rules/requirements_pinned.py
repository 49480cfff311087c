"""The locks name every package with version and hashes and no place, so that a mirror can serve exactly the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

_PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?==\S+")


def lock_paths(tree: Tree) -> list[str]:
    """The requirement files."""
    return [path for path in tree.paths if path.startswith("requirements/") and path.endswith(".txt")]


def entries(text: str) -> Iterator[tuple[int, str]]:
    """The logical lines of a requirements file, continuation lines joined, comments left out, with their first line."""
    start, gathered = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if not gathered and (not bare or bare.startswith("#")):
            continue
        start = start or number
        gathered += bare.removesuffix("\\").strip() + " "
        if not bare.endswith("\\"):
            yield start, gathered.strip()
            start, gathered = 0, ""


def _find(tree: Tree) -> Iterator[Problem]:
    for path in lock_paths(tree):
        for line, entry in entries(tree.read(path) or ""):
            if entry.startswith("-"):
                yield Problem(
                    path, line, "A lock holds packages only: leave indexes and links to pip's own configuration."
                )
            elif "://" in entry:
                yield Problem(path, line, "Name the package and its version, not an address.")
            elif not _PIN.match(entry) or "--hash=sha256:" not in entry:
                yield Problem(path, line, "Pin it with == and a sha256 hash: change pyproject.toml and run make lock.")


RULE = Rule("requirements-pinned", "locks have exact versions, hashes and no addresses", _find)
