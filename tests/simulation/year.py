"""The year of a seed as a list of steps: who comes to which desk on which day, what is forgotten, what comes late.

The list is a function of the seed alone. A shrunk history is the same list with steps left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

from shared.clock import WITA
from shared.periods import Month
from tests.simulation import programme
from tests.simulation.chance import Chance
from tests.simulation.population import people
from tests.simulation.programme import Line
from tests.simulation.world import World

YEAR: Final = 2026
Work = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Step:
    """Something that somebody does at ``at``."""

    at: datetime
    words: str
    work: Work
    is_awaited: bool = False  # people wait for what comes of it before anybody goes on


def start_of_year() -> datetime:
    """10:00 WITA on the first working days of the year."""
    return _at(date(YEAR, 1, 5))


def plan(chance: Chance) -> list[Step]:
    """All steps of the year, in order."""
    steps: list[Step] = []
    first = 3 + chance.number("people", 4)
    later = 2 if chance.maybe("a second roster", 0.25) else 0
    lines = _lines(chance, first + later)
    _beginning(steps, chance, lines, first)
    if later:
        _second_roster(steps, chance, lines, first, later)
    for number in range(1, 13):
        _month(steps, chance, lines, Month(YEAR, number))
    return sorted(steps, key=lambda step: step.at)


def _lines(chance: Chance, workers: int) -> list[Line]:
    enough = workers * 13
    short = chance.maybe("the budget is short", 0.35)
    months = workers * (3 + chance.number("months of budget", 8)) if short else enough
    lines = [Line("DPA-1", "apbd-province", "64", months)]
    if chance.maybe("a second payer", 0.35):
        source = chance.choose("second payer", ("apbd-regency", "csr"))
        lines.append(Line("DPA-2", source, chance.choose("its regency", ("6402", "6408")), enough))
    return lines


def _beginning(steps: list[Step], chance: Chance, lines: list[Line], count: int) -> None:
    some = people(chance, 0, count)
    steps.append(
        Step(_at(date(YEAR, 1, 5)), "upload the roster", lambda world: programme.upload_roster(world, some), True)
    )
    steps.append(Step(_at(date(YEAR, 1, 6)), "accept the roster", programme.accept_rosters, True))
    for index, line in enumerate(lines):
        day = 7 if index == 0 else 8 + chance.number("the second line opens", 90)
        _open(steps, chance, line, date(YEAR, 1, 1) + timedelta(days=day - 1), index)


def _open(steps: list[Step], chance: Chance, line: Line, day: date, index: int) -> None:
    first = Month(day.year, day.month)
    both = index > 0 and chance.maybe("both payers promise the same people", 0.6)
    number = f"SK-{index + 1}"
    steps.append(Step(_at(day, 9), f"open {line.reference}", lambda world: programme.open_line(world, line), True))
    steps.append(
        Step(
            _at(day, 11),
            f"decree {number}",
            lambda world: programme.decree(world, line, number, first, both),
            True,
        )
    )


def _second_roster(steps: list[Step], chance: Chance, lines: list[Line], first: int, count: int) -> None:
    day = date(YEAR, 2 + chance.number("month of the second roster", 8), 24)
    some = people(chance, first, count)
    month = Month(YEAR, day.month) + 1
    steps.append(Step(_at(day), "upload a second roster", lambda world: programme.upload_roster(world, some), True))
    steps.append(Step(_at(day, 12), "accept it", programme.accept_rosters, True))
    steps.append(
        Step(
            _at(day + timedelta(days=1)),
            "decree SK-9",
            lambda world: programme.decree(world, lines[0], "SK-9", month, False),
            True,
        )
    )


def _month(steps: list[Step], chance: Chance, lines: list[Line], month: Month) -> None:
    when = f"{month} "
    for line in lines:
        if chance.maybe(f"{when}{line.reference} is not run", 0.1):
            continue
        day = month.day(8 + chance.number(f"{when}run day", 3))
        steps.append(
            Step(
                _at(day),
                f"run {month} of {line.reference}",
                partial(programme.run_month, line=line, month=month),
            )
        )
    day = month.day(11)
    steps.append(Step(_at(day), "cut bills", programme.cut_bills))
    if not chance.maybe(f"{when}nothing is paid", 0.08):
        steps.append(Step(_at(day + timedelta(days=1)), "order payments", programme.order_payments))
    if chance.maybe(f"{when}is run again", 0.15):
        steps.append(Step(_at(month.day(20)), f"run {month} again", lambda world: programme.run_again(world, month)))
        steps.append(Step(_at(month.day(21)), "cut bills", programme.cut_bills))
    if chance.maybe(f"{when}the treasurer comes twice", 0.3):
        steps.append(Step(_at(month.day(25)), "order payments", programme.order_payments))
    if chance.maybe(f"{when}budgets are amended", 0.06):
        steps.append(
            Step(_at(month.day(26)), "amend the budget", lambda world: programme.amend_line(world, lines[0], 2))
        )
    lapse = month.day(17 + chance.number(f"{when}lapse day", 10))
    steps.append(_lapse(lapse))
    if month.month < 12:
        steps.append(_lapse(month.next().day(2)))


def _lapse(day: date) -> Step:
    async def work(world: World) -> None:
        world.jobs["enrolment"].want("lapse-clock", day.isoformat())

    return Step(_at(day, 1), "the lapse clock", work)


def _at(day: date, hour: int = 10) -> datetime:
    """An hour in WITA."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=WITA).astimezone(UTC)
