"""Every statement of a hot path stays linear, whatever the planner's statistics say; and the check would notice."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

from deploy.local.stack import Stack
from shared.telemetry.logging import configure_logging
from tests.gate.place import Place
from tests.gate.statements import one_line
from tests.plans.crowds import SERVICES
from tests.plans.growth import LARGE, SMALL, grown, uncovered
from tests.plans.work import Watch
from tests.service_world import ServiceWorld

# How many people there were when the planner looked last; None: it never looked.
STATISTICS: Mapping[str, int | None] = {"empty": None, "old": 3, "of-another-roster-or-month": 2 * SMALL}
_TABLES = "SELECT format('%I', relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_COLD = Path(__file__).with_name("cold.csv")


@pytest.fixture
def place(stack: Stack, tmp_path: Path) -> Place:
    configure_logging(service="tests", role="tests", level="CRITICAL", log_format="json")
    return Place(stack, tmp_path)


@pytest.fixture
async def url(place: Place) -> AsyncIterator[str]:
    async with place.database() as made:
        yield made


@pytest.mark.parametrize("statistics", STATISTICS)
@pytest.mark.parametrize("service", SERVICES)
async def test_work_grows_no_faster_than_the_rows(service: str, statistics: str, place: Place, url: str) -> None:
    small, large = Watch(), Watch()
    before = STATISTICS[statistics]
    async with SERVICES[service][1](place, url) as (world, crowd):
        await _keep_statistics(world)
        if before is not None:
            await crowd(before)
            await world.break_by_hand("ANALYZE")
        for watch, count in ((small, SMALL), (large, LARGE)):
            with watch.watching():
                await crowd(count)
    faults = grown(small, large)
    assert not faults, "\n\n" + "\n\n".join(faults)
    cold = {row["statement"]: row["why"] for row in _cold() if row["statement"].split(".")[1] == service}
    missing = uncovered(_statements(service), cold, set(large.work))
    assert not missing, "\n" + "\n".join(missing)


def _cold() -> list[dict[str, str]]:
    with _COLD.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _statements(service: str) -> dict[str, str]:
    """Every statement that stands in the service's stores under a name of its own: the name and the text."""
    package = import_module(f"services.{service}.store")
    found: dict[str, str] = {}
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, str) and name.isupper() and value.lstrip().startswith(_VERBS):
                found[f"{module.name}.{name}"] = one_line(value)
    return found


async def _keep_statistics(world: ServiceWorld[object]) -> None:
    """From now on only the test analyses tables."""
    for row in await world.rows(_TABLES):
        await world.break_by_hand(f"ALTER TABLE {row[0]} SET (autovacuum_enabled = off)")
