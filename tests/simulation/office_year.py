"""The compliance office's part of a year: some months of a few employers who pay as people do."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from shared.periods import Month
from tests.simulation import office
from tests.simulation.chance import Chance
from tests.simulation.office import RULEBOOK, Firm
from tests.simulation.steps import YEAR, Step, Work, moment


def office_steps(chance: Chance) -> list[Step]:
    """What happens to one or two employers."""
    firms = [Firm(number, 1 + chance.number(f"workers of firm {number}", 3)) for number in (1, 2)]
    firms = firms[: 1 + chance.number("firms", 2)]
    first = 1 + chance.number("first month of employers", 8)
    steps = [
        Step(moment(date(YEAR, first, 20)), "upload employers", partial(office.upload_employers, firms=firms), True)
    ]
    for number in range(first, first + 2 + chance.number("months of employers", 2)):
        _month(steps, chance, firms, Month(YEAR, number))
    return steps


def _month(steps: list[Step], chance: Chance, firms: list[Firm], month: Month) -> None:
    when, after = f"{month} employers ", month.next()
    due_on = RULEBOOK.due_on(month)
    wages = partial(office.upload_wages, firms=firms, month=month)
    _add(steps, after.day(3), f"wages of {month}", wages)
    _add(steps, after.day(5), f"assess {month}", partial(office.assess, month=month))
    pay = partial(office.upload_payments, firms=firms, month=month)
    if chance.maybe(f"{when}somebody pays before the assessment", 0.15):
        _add(steps, after.day(4), f"pay {month}", partial(pay, percent=100, with_fine=False))
    late_by = chance.choose(f"{when}late", (-3, -3, 2, 20, 50, 80))
    percent = chance.choose(f"{when}percent", (100, 100, 60))
    _add(steps, due_on + timedelta(days=late_by), f"pay {month}", partial(pay, percent=percent, with_fine=late_by > 0))
    if percent < 100 and chance.maybe(f"{when}the rest", 0.6):
        rest = partial(pay, percent=100, with_fine=True)
        _add(steps, due_on + timedelta(days=late_by + 35), f"pay the rest of {month}", rest)
    if chance.maybe(f"{when}corrected", 0.2):
        more_rupiah = chance.choose(f"{when}correction", (-500_000, 900_000))
        day = after.day(22)
        _add(steps, day, f"correct the wages of {month}", partial(wages, more_rupiah=more_rupiah))
        _add(steps, day + timedelta(days=1), f"assess {month}", partial(office.assess, month=month))
    for number in range(1 + chance.number(f"{when}nights of ageing", 3)):
        day = due_on + timedelta(days=1 + 31 * number)
        _add(steps, day, "ageing", partial(office.age, day=day))
        if chance.maybe(f"{when}aged again {number}", 0.4):
            _add(steps, day, "an officer ages, too", office.age_by_hand)


def _add(steps: list[Step], day: date, words: str, work: Work) -> None:
    if day.year == YEAR:
        steps.append(Step(moment(day, 9), words, work))
