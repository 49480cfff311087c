"""No path may cost more statements or requests than its baseline; and the gate notices when one does."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.world import World
from deploy.local.stack import Stack
from services.enrolment.app import SERVICE as ENROLMENT
from services.enrolment.handlers.contributions import on_contribution_paid
from shared.contracts.events.contribution_paid import ContributionPaid
from shared.database import Database, idle
from shared.messaging.columnar.event_groups import EventBatch
from shared.messaging.outbox import UnitOfWork
from shared.telemetry.logging import configure_logging
from tests.gate.cost import EVENTS, PER_EVENTS, Cost, Meter, compare, load, save
from tests.gate.paths import MEASURES
from tests.gate.paths.enrolment import measure_service
from tests.gate.paths.kit import relay_cost
from tests.gate.place import Place
from tests.gate.statements import PING, FrontendReader, counting_proxy, normalised

BASELINE = load()


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    configure_logging(service="tests", role="tests", level="CRITICAL", log_format="json")


@pytest.fixture
def place(stack: Stack, tmp_path: Path) -> Place:
    return Place(stack, tmp_path)


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=pytest.mark.real_kafka if part == "kit" else ()) for part in sorted(MEASURES)]
)
async def test_no_path_costs_more_than_its_baseline(part: str, place: Place) -> None:
    costs = await MEASURES[part](place)
    changes = [text for path, cost in costs.items() if (text := compare(path, cost, BASELINE.get(path)))]
    assert not changes, "\n\n" + "\n\n".join(changes)
    mine = {path for path in BASELINE if path.split()[0] in ({"relay", "consumer"} if part == "kit" else {part})}
    assert mine == costs.keys(), "the baseline holds a path that is measured no more"


async def test_a_statement_for_each_event_is_noticed_and_named(place: Place) -> None:
    async def careless(uow: UnitOfWork, events: EventBatch[ContributionPaid]) -> None:
        for received in events:
            await uow.fetch("SELECT status FROM worker WHERE worker_id = $1", received.event.subject_id)
        await on_contribution_paid(uow, events)

    assert isinstance(ENROLMENT.handlers, Mapping)
    changed = dataclasses.replace(ENROLMENT, handlers={**ENROLMENT.handlers, ContributionPaid: careless})
    costs = await measure_service(place, changed)
    path = "enrolment contribution.paid"
    change = compare(path, costs[path], BASELINE[path])
    assert f"+{EVENTS}  0 -> {EVENTS}  SELECT status FROM worker WHERE worker_id = $1" in change
    assert "More than the baseline" in change


@pytest.mark.real_kafka
async def test_more_requests_to_kafka_are_noticed_and_named(place: Place) -> None:
    world = World()
    bootstrap = place.stack.kafka_bootstrap
    await world.create_topics(bootstrap)
    try:
        cost = await relay_cost(place, world, world.producer(bootstrap, max_batch_bytes=4096))
    finally:
        await world.delete_topics(bootstrap)
    change = compare("relay", cost, BASELINE["relay"])
    assert "Kafka requests: 1 -> " in change
    assert "Produce" in change


async def test_a_ping_after_a_rest_is_no_paths_cost_and_a_statement_beside_it_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine any connection may have rested for a second; how many do is no path's cost."""
    async with counting_proxy(database_url) as (url, counted):
        database, meter = Database(url), Meter(counted)
        async with database.transaction() as tx:
            await tx.fetch_value("SELECT 5")
        with meter.measured("busy"):
            async with database.transaction() as tx:
                await tx.fetch_value("SELECT 5")
        monkeypatch.setattr(idle, "PING_AFTER_S", 0.0)
        with meter.measured("rested"):
            async with database.transaction() as tx:
                await tx.fetch_value("SELECT 5")
        with meter.measured("rested, one more"):
            async with database.transaction() as tx:
                await tx.fetch_value("SELECT 5")
                await tx.fetch_value("SELECT 6")
        with meter.measured("rested, given up"), contextlib.suppress(LookupError):
            async with database.transaction() as tx:
                await tx.fetch_value("SELECT 5")
                raise LookupError
        await database.close()
    busy = meter.costs["busy"].statements
    assert (busy["BEGIN"], busy["SELECT 5"], busy["COMMIT"], busy["ROLLBACK"]) == (1, 1, 1, 0)
    assert meter.costs["rested"] == meter.costs["busy"]
    assert meter.costs["rested, given up"].statements == busy - Counter({"COMMIT": 1}) + Counter({"ROLLBACK": 1})
    assert "+1  0 -> 1  SELECT 6" in compare("path", meter.costs["rested, one more"], meter.costs["busy"])
    assert counted[PING] >= 3, "they really were sent"


async def test_everything_that_goes_to_the_database_is_counted(database_url: str) -> None:
    async with counting_proxy(database_url) as (url, counted):
        database = Database(url)
        async with database.transaction() as tx:
            await tx.run("CREATE TABLE thing (number int)")
        counted.clear()
        async with database.transaction() as tx:
            await tx.copy_rows("thing", ("number",), [(1,), (2,)])
            await tx.run("INSERT INTO thing VALUES (3); DELETE FROM thing WHERE number = 3")
            async with tx.savepoint():
                for _ in range(5):
                    await tx.fetch("SELECT number FROM thing WHERE number IN ($1, $2)", 1, 2)
        await database.close()
    assert counted["SELECT number FROM thing WHERE number IN ($…)"] == 5
    assert counted['COPY "thing"("number") FROM STDIN (FORMAT binary)'] == 1
    assert counted["INSERT INTO thing VALUES (3); DELETE FROM thing WHERE number = 3"] == 1
    assert counted["SAVEPOINT sa_savepoint_N"] == counted["RELEASE SAVEPOINT sa_savepoint_N"] == 1
    assert counted["BEGIN"] >= 1
    assert counted["COMMIT"] == 1


def test_bytes_may_come_in_any_pieces() -> None:
    def message(kind: bytes, body: bytes) -> bytes:
        return kind + (len(body) + 4).to_bytes(4, "big") + body

    start = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big") + (12).to_bytes(4, "big") + b"\0\3\0\0user"
    parse, bind = message(b"P", b"one\0SELECT  1\0\0\0"), message(b"B", b"\0one\0\0\0\0\0\0\0")
    said = start + parse + (bind + message(b"E", b"\0\0\0\0\0")) * 3 + message(b"Q", b"BEGIN;\0")
    for step in (1, 3, len(said)):
        counted: Counter[str] = Counter()
        reader = FrontendReader(counted)
        for at in range(0, len(said), step):
            reader.feed(said[at : at + step])
        assert counted == {"SELECT 1": 3, "BEGIN": 1}


def test_a_fall_asks_to_lower_the_baseline(tmp_path: Path) -> None:
    before = Cost(PER_EVENTS, Counter({"SELECT 1": 3, "COMMIT": 1}), Counter({"Produce": 1}))
    save({"path": before}, tmp_path / "baseline.json")
    kept = load(tmp_path / "baseline.json")["path"]
    assert kept == before
    assert compare("path", kept, before) == ""
    reworded = Cost(PER_EVENTS, Counter({"SELECT 2": 3, "COMMIT": 1}), Counter({"Produce": 1}))
    assert compare("path", reworded, before) == ""
    fewer = Cost(PER_EVENTS, Counter({"COMMIT": 1}), Counter({"Produce": 1}))
    assert "-3  3 -> 0  SELECT 1" in compare("path", fewer, before)
    assert "Less than the baseline" in compare("path", fewer, before)
    assert "has no baseline yet" in compare("path", fewer, None)


def test_statements_are_named_alike_however_many_values_they_take() -> None:
    assert normalised("SELECT a\n FROM b WHERE c IN ($1, $2,$3)") == normalised("SELECT a FROM b WHERE c IN ($1,\n$2)")
    assert len(normalised("SELECT " + "x" * 500)) == 110
