"""The year of a seed as a list of steps: who comes to which desk on which day, what is forgotten, what comes late.

The list is a function of the seed alone. A shrunk history is the same list with steps left out.
"""

from __future__ import annotations

from tests.simulation.chance import Chance
from tests.simulation.office_year import office_steps
from tests.simulation.programme_year import programme_steps
from tests.simulation.steps import Step


def plan(chance: Chance) -> list[Step]:
    """All steps of the year, in order: the programme in most seeds, the office in some, at times both."""
    has_office = chance.maybe("the office", 0.45)
    steps = office_steps(chance) if has_office else []
    if not has_office or chance.maybe("the programme beside the office", 0.25):
        steps += programme_steps(chance)
    return sorted(steps, key=lambda step: step.at)
