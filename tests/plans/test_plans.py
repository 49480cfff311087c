"""Every statement of a hot path stays linear, whatever the planner's statistics say; and the check would notice."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

from deploy.local.stack import Stack
from services.enrolment.store import roster_rows
from shared.telemetry.logging import configure_logging
from tests.gate.place import Place
from tests.gate.statements import one_line
from tests.plans.crowds import SERVICES, Opening, rosters_alone
from tests.plans.growth import LARGE, SMALL, TIMES, grown, uncovered
from tests.plans.work import Watch, work_of
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
    small, large = await _watched(SERVICES[service], STATISTICS[statistics], place, url)
    faults = grown(small, large)
    assert not faults, "\n\n" + "\n\n".join(faults)
    cold = {row["statement"]: row["why"] for row in _cold() if row["statement"].split(".")[1] == service}
    missing = uncovered(_statements(service), cold, large.work)
    assert not missing, "\n" + "\n".join(sorted(missing))


async def _watched(opening: Opening, analysed_at: int | None, place: Place, url: str) -> tuple[Watch, Watch]:
    """What a small crowd and a large one cost after tables were analysed when they held ``analysed_at`` people."""
    small, large = Watch(), Watch()
    async with opening(place, url) as (world, crowd):
        await _keep_statistics(world)
        if analysed_at is not None:
            await crowd(analysed_at)
            await world.break_by_hand("ANALYZE")
            await crowd(SMALL)  # else the tables are so small that reading all of one is right for a while
        for watch, count in ((small, SMALL), (large, LARGE)):
            with watch.watching():
                await crowd(count)
                await world.verify(place.folder / "verify")
    return small, large


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


async def _keep_statistics(world: ServiceWorld[Any]) -> None:
    """From now on only the test analyses tables."""
    for row in await world.rows(_TABLES):
        await world.break_by_hand(f"ALTER TABLE {row[0]} SET (autovacuum_enabled = off)")


_BY_A_JOIN = """
UPDATE roster_row AS r SET status = 'refused', reason = 'duplicate'
FROM (
    SELECT row_number, row_number() OVER (PARTITION BY nik_token ORDER BY row_number) AS place
    FROM roster_row WHERE roster_id = $1 AND status = 'accepted'
) AS d
WHERE r.roster_id = $1 AND r.row_number = d.row_number AND d.place > 1
"""


async def test_a_statement_that_reads_a_roster_once_for_each_of_its_rows_is_named(
    place: Place, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_rows, "_REFUSE_DOUBLED", _BY_A_JOIN)
    faults = grown(*await _watched(rosters_alone, 2 * SMALL, place, url))
    assert len(faults) == 1, faults
    assert "UPDATE roster_row AS r SET status = 'refused'" in faults[0]
    assert f"WindowAgg  loops={LARGE} rows={LARGE}" in faults[0], "the plan is shown"


def test_work_counts_what_was_read_and_thrown_away_in_every_loop() -> None:
    inner = {"Node Type": "Subquery Scan", "Actual Loops": 10, "Actual Rows": 0.0, "Rows Removed by Filter": 99}
    outer = {"Node Type": "Nested Loop", "Actual Loops": 1, "Actual Rows": 4.0, "Shared Hit Blocks": 7}
    assert work_of(outer) == 7 + 1 + 4
    assert work_of({**outer, "Plans": [inner]}) == 7 + 1 + 4 + 10 * (1 + 99)


def test_growth_in_step_with_the_rows_is_no_fault_and_faster_growth_is() -> None:
    plan = (1.0, {"Node Type": "Seq Scan"})
    small, large = Watch(), Watch()
    for text, before, after in (
        ("linear", 10_000, 10_000 * TIMES),
        ("square", 10_000, 10_000 * TIMES**2),
        ("small", 10, LARGE),
    ):
        small.work[text], large.work[text], large.worst[text] = before, after, plan
    large.work["sudden"], large.worst["sudden"] = LARGE**2, plan
    assert [fault.split(": ")[1].split("\n")[0] for fault in grown(small, large)] == ["sudden", "square"]


def test_a_statement_that_no_path_runs_must_be_known_as_cold() -> None:
    wanted = {"a._RAN": "SELECT 1", "a._PART": "SELECT 2", "a._NEW": "SELECT 3", "a._COLD": "SELECT 4"}
    cold = {"a._COLD": "why", "a._RAN": "why", "a._GONE": "why"}
    assert sorted(uncovered(wanted, cold, ["SELECT 1", "WITH x AS (SELECT 2) SELECT"])) == [
        "a._GONE is in cold.csv and in no store.",
        "a._NEW ran on no path; drive it or say in cold.csv why it is cold.",
        "a._RAN is called cold and ran; take it out of cold.csv.",
    ]
