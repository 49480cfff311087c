"""Health: three answers with figures and advice, bounded in time, and a watchdog that restarts only what is stuck."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from shared.health import Answer, Health, LoopTicker, Measurement, Status, StuckError, Watchdog, within
from shared.health.pages import ops_application
from shared.telemetry import metrics
from tests.shared.service.waiting import Time


class Fixed:
    """A check whose result a test sets."""

    def __init__(self, name: str, result: Measurement | Exception | float) -> None:
        self.name = name
        self.result = result

    async def measure(self) -> Measurement:
        if isinstance(self.result, Exception):
            raise self.result
        if isinstance(self.result, float):
            await asyncio.sleep(self.result)
            return Measurement(Status.OK)
        return self.result


OK = Measurement(Status.OK)
STUCK = Measurement(Status.FAILED, 61.0, "s", "Look.", restart_helps=True)


async def test_an_answer_is_the_worst_of_its_checks_and_a_warning_is_no_failure() -> None:
    health = Health(service="demo", role="worker", keep_s=0)
    fixed = Fixed("a", OK)
    health.add(Answer.READY, fixed, Fixed("b", Measurement(Status.WARNING, 3, "events", "Look at them.")))
    report = await health.ask(Answer.READY)
    assert (report.status, report.yes) == (Status.WARNING, True)
    fixed.result = within(5.0, 1.0, "s", "Too old.")
    report = await health.ask(Answer.READY)
    assert not report.yes
    assert report.as_json() == {
        "answer": "ready",
        "status": "failed",
        "service": "demo",
        "role": "worker",
        "checks": [
            {"name": "a", "status": "failed", "figure": 5.0, "unit": "s", "advice": "Too old."},
            {"name": "b", "status": "warning", "figure": 3, "unit": "events", "advice": "Look at them."},
        ],
    }
    assert (await health.ask(Answer.LIVE)).yes, "no check, no failure"
    assert 'payung_health_check{answer="ready",check="a"} 0.0' in metrics.render_metrics().decode()


async def test_a_check_that_raises_or_hangs_has_failed_and_does_not_show_its_error() -> None:
    health = Health(service="demo", role="worker", probe_timeout_s=0.05, keep_s=0)
    health.add(Answer.READY, Fixed("raises", ValueError("Siti 6472014101900001")), Fixed("hangs", 30.0))
    started = time.monotonic()
    report = await health.ask(Answer.READY)
    assert time.monotonic() - started < 2
    assert not report.yes
    text = json.dumps(report.as_json())
    assert "ValueError" in text
    assert "Siti" not in text
    assert "no answer within 0.05 s" in text


async def test_answers_are_kept_for_a_moment_and_never_measured_twice_at_once() -> None:
    health = Health(service="demo", role="worker", keep_s=30)
    counted = Fixed("counted", 0.05)
    calls = 0
    measure = counted.measure

    async def counting() -> Measurement:
        nonlocal calls
        calls += 1
        return await measure()

    counted.measure = counting  # type: ignore[method-assign]
    health.add(Answer.READY, counted)
    await asyncio.gather(*(health.ask(Answer.READY) for _ in range(20)))
    assert calls == 1


async def test_a_draining_process_is_not_ready_but_lives() -> None:
    health = Health(service="demo", role="api")
    assert (await health.ask(Answer.READY)).yes
    health.start_draining()
    assert not (await health.ask(Answer.READY)).yes
    assert (await health.ask(Answer.LIVE)).yes


def test_two_checks_of_one_name_are_refused() -> None:
    health = Health(service="demo", role="api")
    with pytest.raises(ValueError, match="another name"):
        health.add(Answer.READY, Fixed("a", OK), Fixed("a", OK))


async def ask(path: str, health: Health, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing to read")

    scraped: list[int] = []
    application = ops_application(health, before_scrape=lambda: scraped.append(1))
    await application({"type": "http", "method": method, "path": path}, receive, send)
    assert len(scraped) == (path == "/metrics" and method == "GET")
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


async def test_the_pages_speak_http() -> None:
    health = Health(service="demo", role="api", keep_s=0)
    health.add(Answer.PROGRESSING, Fixed("a", STUCK))
    assert (await ask("/health/live", health))[0] == 200
    status, headers, body = await ask("/health/progressing", health)
    assert status == 503
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["checks"][0]["advice"] == "Look."
    assert b"payung_health_check" in (await ask("/metrics", health))[2]
    assert (await ask("/admin", health))[0] == 404
    assert (await ask("/metrics", health, "POST"))[0] == 405


async def test_a_stalled_loop_is_seen_with_its_length() -> None:
    ticker = LoopTicker(stall_limit_s=0.5)
    stop = asyncio.Event()
    ticking = asyncio.create_task(ticker.run(stop))
    await asyncio.sleep(0.3)
    assert (await ticker.measure()).status is Status.OK
    time.sleep(1.3)  # noqa: ASYNC251 - the fault under test
    await asyncio.sleep(0.02)
    measured = await ticker.measure()
    assert measured.status is Status.WARNING
    assert measured.figure is not None
    assert 1.0 < measured.figure < 3
    stop.set()
    await ticking
    time.sleep(0.6)  # noqa: ASYNC251
    assert (await ticker.measure()).status is Status.FAILED


async def test_the_watchdog_ends_a_stuck_process_but_not_one_in_an_outage_or_with_a_backlog() -> None:
    clock = Time()
    health = Health(service="demo", role="worker", keep_s=0)
    ready, progress = Fixed("database", OK), Fixed("commit_age", OK)
    health.add(Answer.READY, ready)
    health.add(Answer.PROGRESSING, progress)
    watchdog = Watchdog(health, stuck_limit_s=100, monotonic=clock)

    async def look_after(seconds: float) -> None:
        clock.now_s += seconds
        await watchdog.look()

    progress.result = Measurement(Status.FAILED, 900.0, "s", "A backlog.")
    for _ in range(5):
        await look_after(90)  # lag alone: scaling helps, a restart does not
    progress.result, ready.result = STUCK, Measurement(Status.FAILED, advice="The database is away.")
    for _ in range(5):
        await look_after(90)
    ready.result = OK
    await look_after(90)
    await look_after(90)
    progress.result = OK
    await look_after(90)
    progress.result = STUCK
    await look_after(90)
    await look_after(99)
    with pytest.raises(StuckError) as caught:
        await look_after(2)
    assert caught.value.check.name == "commit_age"
    assert "failed for 101 s" in caught.value.safe_message
