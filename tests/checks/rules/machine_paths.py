"""No file names a place on somebody's machine: it would be wrong everywhere else, and tells more than it should."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

_HOME = re.compile(r"(?<![\w$}.-])/(?:home|Users)/[a-z][\w.-]*|(?<![\w$}.-])/root/\w|\b[A-Z]:\\Users\\")


def _find(tree: Tree) -> Iterator[Problem]:
    here = str(tree.root.resolve())
    for path in tree.paths:
        text = tree.read(path)
        if text is None:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if here in line or _HOME.search(line):
                yield Problem(path, number, "Write the place relative to the repository or to $HOME.")


RULE = Rule("machine-paths", "no file names an absolute home or checkout folder", _find)
