"""Compares the work of a crowd with that of one four times as large, and names what grew faster than the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tests.plans.work import Watch, outline

SMALL: Final = 150
TIMES: Final = 4
LARGE: Final = SMALL * TIMES
# A crowd of four times the rows may cost this much more than four times the work: trees grow a level, pages fill up.
ALLOWANCE: Final = 1.6
# Whatever costs less than this for each row of the larger crowd is not worth a word, however it grew: a table of one
# page is read whole, and rightly, until it has a few. A join of a crowd with itself costs `LARGE` for each row.
SLACK_PER_ROW: Final = 120


def grown(small: Watch, large: Watch) -> list[str]:
    """The statements whose work grew faster than the rows, the worst first, each with the plan that cost most."""
    faults = []
    for text, work in large.work.items():
        before = small.work.get(text, 0)
        if work > before * TIMES * ALLOWANCE + LARGE * SLACK_PER_ROW:
            plan = "\n    ".join(outline(large.worst[text][1]))
            faults.append((work, f"{before} -> {work} for {SMALL} -> {LARGE} rows: {text}\n    {plan}"))
    return [words for _, words in sorted(faults, key=lambda fault: -fault[0])]


def uncovered(wanted: Mapping[str, str], cold: Mapping[str, str], ran: Iterable[str]) -> list[str]:
    """What is wrong with the list: statements that neither ran nor are known as cold, and cold ones that ran.

    A statement ran when its text is part of one that did: some are made of others.
    """
    everything = "\n".join(ran)
    warm = {name for name, text in wanted.items() if text in everything}
    return [
        *(
            f"{name} ran on no path; drive it or say in cold.csv why it is cold."
            for name in wanted.keys() - warm - cold.keys()
        ),
        *(f"{name} is called cold and ran; take it out of cold.csv." for name in warm & cold.keys()),
        *(f"{name} is in cold.csv and in no store." for name in cold.keys() - wanted.keys()),
    ]
