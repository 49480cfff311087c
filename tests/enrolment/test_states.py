"""The words that the program and its SQL use for where things stand are the same."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages

import pytest

from services.enrolment import store
from services.enrolment.rules import states
from services.enrolment.rules.membership import COVERED

# What SQL compares or sets: the column, and one word or a list of them.
_SPELLED = re.compile(
    r"\b(state|status|decision|outcome)\s*(?:=|<>|(?:NOT )?IN)\s*('[a-z-]+'|\((?:'[a-z-]+'(?:, )?)+\))"
)
_WORDS = {
    "state": {*states.RosterState, *states.MemberState, *states.ListState, *states.FileState},
    "status": {*states.MembershipStatus, *states.RowStatus},
    "decision": set(states.Outcome),
    "outcome": set(states.Outcome),
}


def _spelled() -> list[tuple[str, str, str]]:
    """Where a store spells a state: the statement's name, the column and the word."""
    found = []
    for module in walk_packages(store.__path__, f"{store.__name__}."):
        for name, value in vars(import_module(module.name)).items():
            for column, words in _SPELLED.findall(value) if isinstance(value, str) and name.isupper() else ():
                found += [(f"{module.name}.{name}", column, word) for word in re.findall(r"[a-z-]+", words)]
    return found


@pytest.mark.parametrize("column", sorted(_WORDS))
def test_sql_spells_states_as_the_program_does(column: str) -> None:
    spelled = [(name, word) for name, where, word in _spelled() if where == column]
    assert spelled, "the test sees what it is to hold"
    assert [(name, word) for name, word in spelled if word not in _WORDS[column]] == []


def test_whom_the_lapse_clock_looks_at_is_whom_bpjs_covers() -> None:
    """The index over the covered is used only by statements that spell its condition."""
    spelled = {word for name, column, word in _spelled() if name.endswith("lapse._BOUND") and column == "status"}
    assert spelled == COVERED
