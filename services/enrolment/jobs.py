"""The timed work of enrolment: rosters and files every second, the lapse clock once a day."""

from __future__ import annotations

from services.enrolment.handlers.answers import IMPORT_ANSWERS, AnswerImporter
from services.enrolment.handlers.failing import FailingItems
from services.enrolment.handlers.groups import CUT_LISTS, WRITE_LISTS, ListWriter, cut_lists
from services.enrolment.handlers.lapse import LapseClock
from services.enrolment.handlers.registration.roster_job import REGISTER_ROSTERS, RosterRegistrar
from services.enrolment.handlers.roster_reading import READ_ROSTERS, RosterReader
from shared.service import DailyAt, Every, Job

_SOON = Every(1)


def jobs(
    reader: RosterReader,
    registrar: RosterRegistrar,
    writer: ListWriter,
    importer: AnswerImporter,
    clock: LapseClock,
) -> list[Job]:
    """The jobs in the order in which a roster meets them."""
    cases = FailingItems()
    return [
        Job(READ_ROSTERS, _SOON, reader.run, cases=cases),
        Job(REGISTER_ROSTERS, _SOON, registrar.run, cases=cases),
        Job(CUT_LISTS, _SOON, cut_lists, cases=cases),
        Job(WRITE_LISTS, _SOON, writer.run, cases=cases),
        Job(IMPORT_ANSWERS, _SOON, importer.run, cases=cases),
        Job("lapse-clock", DailyAt(1), clock.run),
    ]
