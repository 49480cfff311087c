"""A document that points nowhere is believed less in everything else; and a decision nobody finds is made again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Set

from tests.checks.base import Problem, Rule
from tests.checks.tree import Tree

DECISIONS = "docs/adr/"
EVENTS = "docs/events/"
INDEX = f"{DECISIONS}README.md"
DOCUMENTS = "docs/README.md"

# Pages of the past say what was true then.
_PAST = (DECISIONS, "CHANGELOG.md")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"`[^`]*`")
_ELSEWHERE = ("http://", "https://", "mailto:", "urn:")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")


def _links(tree: Tree, path: str) -> Iterator[tuple[int, str]]:
    """The relative links of a document, as paths from the root."""
    in_code = False
    for number, line in enumerate((tree.read(path) or "").splitlines(), start=1):
        in_code ^= line.lstrip().startswith("```")
        for target in [] if in_code else _LINK.findall(_CODE.sub("", line)):
            if not target.startswith(_ELSEWHERE):
                yield number, posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _named_paths(tree: Tree, path: str, tops: Set[str]) -> Iterator[tuple[int, str]]:
    """The paths that a document names as code: those below a folder of the root, no patterns, no commands."""
    in_code = False
    for number, line in enumerate((tree.read(path) or "").splitlines(), start=1):
        in_code ^= line.lstrip().startswith("```")
        for span in [] if in_code else _CODE.findall(line):
            named = span.strip("`").partition("::")[0]
            if "/" in named and named.partition("/")[0] in tops and _PATH.fullmatch(named):
                yield number, named.rstrip("/")


def _folders(paths: Iterable[str]) -> set[str]:
    """Every folder that holds one of ``paths``, at any depth."""
    found: set[str] = set()
    for path in paths:
        while path := posixpath.dirname(path):
            found.add(path)
    return found


def _find(tree: Tree) -> Iterator[Problem]:
    known = set(tree.paths)
    folders = _folders(known) | {""}
    tops = {folder for folder in folders if folder and "/" not in folder}
    for path in tree.paths:
        if path.endswith(".md"):
            for line, target in _links(tree, path):
                if target not in known and target not in folders:
                    yield Problem(path, line, f"There is no {target}; mend the link or add the file.")
            for line, named in [] if path.startswith(_PAST) else _named_paths(tree, path, tops):
                if not {named, f"{named}.py"} & known and named not in folders:
                    yield Problem(path, line, f"There is no {named}; name what is there.")
    yield from _unlisted(tree, known)
    decisions = {path for path in known if re.fullmatch(rf"{DECISIONS}\d{{4}}-[a-z0-9-]+\.md", path)}
    if decisions:
        listed = {target for _, target in _links(tree, INDEX)} if INDEX in known else set()
        for path in sorted(decisions - listed):
            yield Problem(INDEX, 1, f"Add a line for {path.removeprefix(DECISIONS)}.")


def _unlisted(tree: Tree, known: Set[str]) -> Iterator[Problem]:
    """Documents that nobody finds; decisions and events have an index of their own, the others are in `DOCUMENTS`."""
    if DOCUMENTS in known:
        listed = {target for _, target in _links(tree, DOCUMENTS)} | {DOCUMENTS}
        documents = {path for path in known if path.endswith(".md") and not path.startswith((DECISIONS, EVENTS))}
        indexes = {path for path in (INDEX, f"{EVENTS}README.md") if path in known}
        for path in sorted((documents | indexes) - listed):
            yield Problem(DOCUMENTS, 1, f"Add {path}, with what somebody wants who reads it.")


RULE = Rule(
    "document-links", "links and paths in documents lead somewhere; every document and decision is in its index", _find
)
