"""Runs rules over a tree, takes out what is exempt, and says where an exemption has become useless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.checks.base import Exemption, Problem, Rule
from tests.checks.tree import Tree

EXEMPTIONS_FILE = "tests/checks/exemptions.py"


@dataclass(frozen=True)
class Finding:
    """A problem with the name of its rule."""

    rule: str
    problem: Problem

    def __str__(self) -> str:
        where = f"{self.problem.path}:{self.problem.line}"
        return f"{where}: {self.rule}{' (only a warning)' if self.problem.mild else ''}: {self.problem.sentence}"


def find_all(tree: Tree, rules: Sequence[Rule], exemptions: Sequence[Exemption]) -> list[Finding]:
    """Every finding that no exemption covers, sorted by place. Exemptions for rules that do not run are left alone."""
    exempt = {(item.rule, item.path) for item in exemptions}
    needed: set[tuple[str, str]] = set()
    found = []
    for rule in rules:
        for problem in rule.find(tree):
            place = (rule.name, problem.path)
            if place in exempt:
                needed.add(place)
            else:
                found.append(Finding(rule.name, problem))
    running = {rule.name for rule in rules}
    for name, path in sorted(exempt - needed):
        if name in running:
            sentence = f"Nothing in {path} needs the exemption from {name} any more; take it out."
            found.append(Finding("unused-exemption", Problem(EXEMPTIONS_FILE, 1, sentence)))
    return sorted(found, key=lambda finding: (finding.problem.path, finding.problem.line, finding.rule))
