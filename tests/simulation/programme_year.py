"""The programme's part of a year: rosters, decrees, month runs, bills and payments, and the lapse clock."""

from __future__ import annotations

from datetime import date
from functools import partial

from shared.periods import Month
from tests.simulation import programme
from tests.simulation.chance import Chance
from tests.simulation.population import Person, people
from tests.simulation.programme import Line
from tests.simulation.steps import YEAR, Step, moment
from tests.simulation.world import World


def programme_steps(chance: Chance) -> list[Step]:
    """What happens to a handful of workers and one or two payers."""
    steps: list[Step] = []
    first = 3 + chance.number("people", 4)
    later = 2 if chance.maybe("a second roster", 0.2) else 0
    lines = _lines(chance, first + later)
    months = _paid_months(chance)
    some = people(chance, 0, first)
    _roster(steps, date(YEAR, 1, 5), "the roster", some)
    for index, line in enumerate(lines):
        _open(steps, chance, line, months[index % len(months)], index)
    if len(months) > len(lines):  # whoever lapsed in between comes back
        _decree(steps, lines[0], "SK-8", months[-1], True)
    if later:
        _second_roster(steps, chance, lines[0], months[0], people(chance, first, later))
    for month in sorted({month for some_months in months for month in some_months}):
        _month(steps, chance, lines, month)
    if chance.maybe("a wage worker is found", 0.2):
        _wage_worker(steps, chance, months[0])
    for number in range(1, 13):
        _lapse_days(steps, chance, Month(YEAR, number))
    return steps


def _paid_months(chance: Chance) -> list[list[Month]]:
    """The months of the first decree, and in some years those of a second one after a pause."""
    first = 1 + chance.number("first month", 4)
    length = 3 + chance.number("months of the decree", 3)
    found = [[Month(YEAR, number) for number in range(first, first + length)]]
    again = first + length + 3 + chance.number("pause", 2)
    if again <= 12 and chance.maybe("a second decree", 0.35):
        found.append([Month(YEAR, number) for number in range(again, min(12, again + 1) + 1)])
    return found


def _lines(chance: Chance, workers: int) -> list[Line]:
    enough = workers * 13
    short = chance.maybe("the budget is short", 0.35)
    months = workers * 2 + chance.number("worker-months of budget", workers * 4) if short else enough
    lines = [Line("DPA-1", "apbd-province", "64", months)]
    if chance.maybe("a second payer", 0.3):
        source = chance.choose("second payer", ("apbd-regency", "csr"))
        lines.append(Line("DPA-2", source, chance.choose("its regency", ("6402", "6408")), enough))
    return lines


def _roster(steps: list[Step], day: date, words: str, some: list[Person]) -> None:
    steps.append(Step(moment(day), f"upload {words}", lambda world: programme.upload_roster(world, some), True))
    steps.append(Step(moment(day, 12), f"accept {words}", programme.accept_rosters, True))


def _open(steps: list[Step], chance: Chance, line: Line, months: list[Month], index: int) -> None:
    both = index > 0 and chance.maybe("both payers promise the same people", 0.6)
    day = months[0].day(6)
    steps.append(Step(moment(day, 9), f"open {line.reference}", lambda world: programme.open_line(world, line), True))
    _decree(steps, line, f"SK-{index + 1}", months, both)


def _decree(steps: list[Step], line: Line, number: str, months: list[Month], include_promised: bool) -> None:
    work = partial(
        programme.decree, line=line, number=number, months=(months[0], months[-1]), include_promised=include_promised
    )
    steps.append(Step(moment(months[0].day(6), 11), f"decree {number}", work, True))


def _second_roster(steps: list[Step], chance: Chance, line: Line, months: list[Month], some: list[Person]) -> None:
    month = months[chance.number("month of the second roster", len(months))]
    _roster(steps, month.day(3), "a second roster", some)
    number, work = "SK-9", programme.decree
    steps.append(
        Step(
            moment(month.day(6), 12),
            f"decree {number}",
            partial(work, line=line, number=number, months=(month, months[-1]), include_promised=False),
            True,
        )
    )


def _wage_worker(steps: list[Step], chance: Chance, months: list[Month]) -> None:
    """Somebody works for wages, at times until a month that is told later."""
    place, month = chance.number("which wage worker", 3), months[chance.number("wages from", len(months))]
    found = partial(programme.find_wage_worker, place=place, first=month)
    steps.append(Step(moment(month.day(9), 14), "a wage worker is found", partial(found, until=None)))
    if chance.maybe("wages end", 0.5) and month.month < 12:
        steps.append(Step(moment(month.next().day(9), 14), "whose wages end", partial(found, until=month)))


def _month(steps: list[Step], chance: Chance, lines: list[Line], month: Month) -> None:
    when = f"{month} "
    for line in lines:
        if chance.maybe(f"{when}{line.reference} is not run", 0.1):
            continue
        day = month.day(8 + chance.number(f"{when}run day", 3))
        work = partial(programme.run_month, line=line, month=month)
        steps.append(Step(moment(day), f"run {month} of {line.reference}", work))
    steps.append(Step(moment(month.day(11)), "cut bills", programme.cut_bills))
    if not chance.maybe(f"{when}nothing is paid", 0.12):
        steps.append(Step(moment(month.day(12)), "order payments", programme.order_payments))
    if chance.maybe(f"{when}is run again", 0.12):
        steps.append(Step(moment(month.day(20)), f"run {month} again", partial(programme.run_again, month=month)))
        steps.append(Step(moment(month.day(21)), "cut bills", programme.cut_bills))
    if chance.maybe(f"{when}the treasurer comes twice", 0.3):
        steps.append(Step(moment(month.day(25)), "order payments", programme.order_payments))
    if chance.maybe(f"{when}budgets are amended", 0.08):
        work = partial(programme.amend_line, line=lines[0], factor=2)
        steps.append(Step(moment(month.day(26)), "amend the budget", work))


def _lapse_days(steps: list[Step], chance: Chance, month: Month) -> None:
    """The clock strikes every night; most nights change nothing and are left out."""
    steps.append(_lapse(month.day(17 + chance.number(f"{month} lapse day", 10))))
    if month.month < 12 and chance.maybe(f"{month} lapse at its end", 0.5):
        steps.append(_lapse(month.next().day(2)))


def _lapse(day: date) -> Step:
    async def work(world: World) -> None:
        world.jobs["enrolment"].want("lapse-clock", day.isoformat())

    return Step(moment(day, 1), "the lapse clock", work, night=day)
