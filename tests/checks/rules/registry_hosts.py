"""No file names the host of a package registry: who builds this may have a mirror, and pip, Maven and npm know it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

# A host whose name speaks of a registry, with or without a scheme in front.
_HOST = re.compile(
    r"\b(?:[\w-]+\.)*(?:[\w-]*(?:pypi|pythonhosted|npmjs|artifactory|jfrog|rubygems)[\w-]*|repo\d*\.maven|maven-central[\w-]*"
    r"|proxy\.golang|registry\.yarnpkg|index\.crates|static\.crates)\.(?:[\w-]+\.)*(?:org|com|io|net|dev|id)\b",
    re.IGNORECASE,
)


def _find(tree: Tree) -> Iterator[Problem]:
    for path in tree.paths:
        text = tree.read(path)
        if text is None:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if _HOST.search(line):
                yield Problem(
                    path, number, "Take the host out: the client's own configuration says where packages come from."
                )


RULE = Rule("registry-hosts", "no file names a package registry's host", _find)
