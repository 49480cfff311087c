"""A document that points nowhere is believed less in everything else; and a decision nobody finds is made again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

DECISIONS = "docs/adr/"
INDEX = f"{DECISIONS}README.md"

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"`[^`]*`")
_ELSEWHERE = ("http://", "https://", "mailto:", "urn:")


def _links(tree: Tree, path: str) -> Iterator[tuple[int, str]]:
    """The relative links of a document, as paths from the root."""
    in_code = False
    for number, line in enumerate((tree.read(path) or "").splitlines(), start=1):
        in_code ^= line.lstrip().startswith("```")
        for target in [] if in_code else _LINK.findall(_CODE.sub("", line)):
            if not target.startswith(_ELSEWHERE):
                yield number, posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _find(tree: Tree) -> Iterator[Problem]:
    known = set(tree.paths)
    folders = {posixpath.dirname(path) for path in known}
    for path in tree.paths:
        if path.endswith(".md"):
            for line, target in _links(tree, path):
                if target not in known and target not in folders:
                    yield Problem(path, line, f"There is no {target}; mend the link or add the file.")
    decisions = {path for path in known if re.fullmatch(rf"{DECISIONS}\d{{4}}-[a-z0-9-]+\.md", path)}
    if decisions:
        listed = {target for _, target in _links(tree, INDEX)} if INDEX in known else set()
        for path in sorted(decisions - listed):
            yield Problem(INDEX, 1, f"Add a line for {path.removeprefix(DECISIONS)}.")


RULE = Rule("document-links", "links between documents lead somewhere; every decision is in the index", _find)
