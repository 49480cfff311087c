"""The timed work of enrolment: rosters and files every second, the lapse clock once a day."""

from __future__ import annotations

from services.enrolment.handlers.answers import AnswerImporter
from services.enrolment.handlers.groups import ListWriter, cut_lists
from services.enrolment.handlers.lapse import LapseClock
from services.enrolment.handlers.reading import RosterReader
from services.enrolment.handlers.registering import RosterRegistrar
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
    return [
        Job("read-rosters", _SOON, reader.run),
        Job("register-rosters", _SOON, registrar.run),
        Job("cut-group-lists", _SOON, cut_lists),
        Job("write-group-lists", _SOON, writer.run),
        Job("import-answers", _SOON, importer.run),
        Job("lapse-clock", DailyAt(1), clock.run),
    ]
