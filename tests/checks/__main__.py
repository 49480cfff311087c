"""The command line of the checks: prints each finding as path:line: rule: what to do, and fails if one is not mild."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.checks.exemptions import EXEMPTIONS
from tests.checks.registry import RULES
from tests.checks.run import find_all
from tests.checks.tree import Tree

REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run the rules; 0 when all hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks", description="Check the rules of this house.")
    parser.add_argument("--list", action="store_true", help="say what each rule wants")
    parser.add_argument("rules", nargs="*", metavar="RULE", help="only these rules")
    options = parser.parse_args()
    unknown = set(options.rules) - {rule.name for rule in RULES}
    if unknown:
        parser.error(f"no such rule: {', '.join(sorted(unknown))}; --list names them all")
    if options.list:
        width = max(len(rule.name) for rule in RULES)
        sys.stdout.writelines(f"{rule.name:<{width}}  {rule.meaning}\n" for rule in RULES)
        return 0
    chosen = [rule for rule in RULES if not options.rules or rule.name in options.rules]
    findings = find_all(Tree(REPOSITORY), chosen, EXEMPTIONS)
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    return int(any(not finding.problem.mild for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
