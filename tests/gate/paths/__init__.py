"""The hot paths, a module for each service and one for the kit; `MEASURES` is all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.gate.cost import Cost
from tests.gate.paths import enrolment, kit, notification, subsidy
from tests.gate.place import Place

Measure = Callable[[Place], Awaitable[dict[str, Cost]]]

MEASURES: Final[Mapping[str, Measure]] = {
    "kit": kit.measure,
    "enrolment": enrolment.measure,
    "subsidy": subsidy.measure,
    "notification": notification.measure,
}
