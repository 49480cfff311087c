"""A dependency that is in pyproject.toml and not in the locks works on one laptop and nowhere else."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.checks.base import Problem, Rule
from tests.checks.rules.requirements_pinned import entries
from tests.checks.tree import Tree

DEVELOPMENT = "requirements/development.txt"
RUNTIME = "requirements/runtime.txt"


def _pins(tree: Tree, path: str) -> dict[str, tuple[int, str]]:
    """The packages of a lock: canonical name -> (line, version)."""
    found: dict[str, tuple[int, str]] = {}
    for line, entry in entries(tree.read(path) or ""):
        name, separator, rest = entry.partition("==")
        if separator:
            found[canonicalize_name(name.split("[")[0])] = (line, rest.split()[0].rstrip(";"))
    return found


def _wanted(tree: Tree) -> dict[str, list[Requirement]]:
    project = tomllib.loads(tree.read("pyproject.toml") or "").get("project", {})
    runtime = project.get("dependencies", [])
    extras = [item for group in project.get("optional-dependencies", {}).values() for item in group]
    return {
        RUNTIME: [Requirement(item) for item in runtime],
        DEVELOPMENT: [Requirement(item) for item in [*runtime, *extras]],
    }


def _find(tree: Tree) -> Iterator[Problem]:
    if "pyproject.toml" not in tree.paths:
        return
    for path, requirements in _wanted(tree).items():
        if path not in tree.paths:
            yield Problem(path, 1, "This lock is missing; run make lock.")
            continue
        pins = _pins(tree, path)
        for requirement in requirements:
            line, version = pins.get(canonicalize_name(requirement.name), (1, ""))
            if not version or not requirement.specifier.contains(version, prereleases=True):
                yield Problem(
                    path,
                    line,
                    f"pyproject.toml wants {requirement} and the lock has {version or 'none'}; run make lock.",
                )
    if {RUNTIME, DEVELOPMENT} <= set(tree.paths):
        development = _pins(tree, DEVELOPMENT)
        for name, (line, version) in _pins(tree, RUNTIME).items():
            if development.get(name, (0, ""))[1] != version:
                yield Problem(RUNTIME, line, f"Tests run with another {name} than production; run make lock.")


RULE = Rule(
    "requirements-match-project", "the locks hold what pyproject.toml wants, the same for tests and production", _find
)
