"""Who should have lapsed, and who should have been warned: the pure rules over the history that an agency can read.

Only for histories in which everything that is on its way arrives before anybody goes on: then what the clock of a
night knew is what had been announced until then.
"""

from __future__ import annotations

import calendar
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from services.enrolment.rules.lapse import due_on, last_due_months, standing
from services.enrolment.rules.states import MembershipStatus
from shared.business_calendar import BusinessCalendar
from shared.due_dates import DueDates
from shared.periods import Month
from tests.simulation.world import World

_DUE_DATES: Final = DueDates(BusinessCalendar())
_TOPICS: Final = ("worker.enrolled", "contribution.paid")


@dataclass
class _Member:
    status: MembershipStatus = MembershipStatus.VERIFIED
    cover_from: Month | None = None
    enrolled_on: date | None = None
    paid: set[Month] = field(default_factory=set)
    warned: set[Month] = field(default_factory=set)

    def night(self, day: date) -> None:
        """What the clock does."""
        if self.status not in (MembershipStatus.ENROLLED, MembershipStatus.LAPSING):
            return
        months = last_due_months(day, _DUE_DATES)
        now = standing(months, [self._is_open(month, day) for month in months], day)
        if now.status is MembershipStatus.LAPSING:
            self.warned.add(now.unpaid[-1])
        self.status = now.status

    def _is_open(self, month: Month, day: date) -> bool:
        assert self.cover_from is not None
        assert self.enrolled_on is not None
        begun = self.enrolled_on
        grace = begun.replace(day=calendar.monthrange(begun.year, begun.month)[1])
        is_asked = begun <= due_on(month, _DUE_DATES) or day > grace
        return month >= self.cover_from and is_asked and month not in self.paid


async def lapses_as_ruled(world: World, nights: Sequence[tuple[datetime, date]]) -> list[str]:
    """Sentences on members whose status or warnings are not those that the rules give. ``nights``: moment and day."""
    members: dict[str, _Member] = defaultdict(_Member)
    happened: list[tuple[datetime, int, Any]] = [(at, 1, day) for at, day in nights]
    happened += [(at, 0, (topic, body)) for at, topic, body in _events(world)]
    for _, is_night, what in sorted(happened, key=lambda one: one[:2]):
        if is_night:
            for member in members.values():
                member.night(what)
        else:
            _hear(members, *what)
    anomalies = []
    enrolment = world.nodes["enrolment"]
    warned: dict[str, set[Month]] = defaultdict(set)
    for row in await enrolment.rows("SELECT worker_id::text, month FROM lapse_notice"):
        warned[row[0]].add(Month.parse(row[1]))
    for row in await enrolment.rows("SELECT worker_id::text, status FROM worker WHERE enrolment_number > 0"):
        expected = members[row[0]]
        if row[1] != expected.status.value:
            anomalies.append(f"lapse: worker {row[0]} is {row[1]}; by the rules {expected.status.value}")
        if warned[row[0]] != expected.warned:
            told, due = (" ".join(map(str, sorted(months))) for months in (warned[row[0]], expected.warned))
            anomalies.append(f"lapse: worker {row[0]} was warned of {told}; by the rules of {due}")
    return anomalies


def _hear(members: dict[str, _Member], topic: str, body: dict[str, Any]) -> None:
    if topic == "worker.enrolled":
        member = members[body["worker_id"]]
        member.status = MembershipStatus.ENROLLED
        member.cover_from = Month.parse(body["cover_from"])
        member.enrolled_on = date.fromisoformat(body["enrolled_on"])
    elif body["payer_kind"] != "employer" and body["outstanding_rupiah"] == 0:
        members[body["subject_id"]].paid.add(Month.parse(body["month"]))


def _events(world: World) -> Iterable[tuple[datetime, str, dict[str, Any]]]:
    seen: set[bytes | None] = set()
    for place in world.log.places(_TOPICS):
        for record in world.log.records[place]:
            headers = dict(record.headers)
            if headers["ce_id"] not in seen:
                seen.add(headers["ce_id"])
                moment = datetime.fromisoformat((headers["ce_time"] or b"").decode())
                yield moment, place.topic, json.loads(record.value or b"{}")
