"""The supervisor: parts live and end together, and the exit code says how."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from shared.health import Check, Measurement, Status, StuckError
from shared.service.exit_codes import ExitCode
from shared.service.stopping import HardStop, StopSignals
from shared.service.supervisor import Part, Supervisor


class World:
    """Parts that note what happened to them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stop = asyncio.Event()
        self.failures = 0

    def waiting(self, name: str, finish_s: float = 0.0) -> Part:
        async def run(stop: asyncio.Event) -> None:
            self.notes.append(f"{name} runs")
            try:
                await stop.wait()
                await asyncio.sleep(finish_s)
            except asyncio.CancelledError:
                self.notes.append(f"{name} cancelled")
                raise
            self.notes.append(f"{name} ends")

        return Part(name, run)

    def failing(self, error: BaseException | None) -> Part:
        async def run(_: asyncio.Event) -> None:
            await asyncio.sleep(0.02)
            if error is not None:
                raise error

        return Part("failing", run)

    async def supervise(
        self, parts: list[Part], attendants: list[Part] | None = None, *, gate: Part | None = None, grace_s: float = 2.0
    ) -> ExitCode:
        def on_failure() -> None:
            self.failures += 1

        async def open_gate(_: asyncio.Event) -> None:
            self.notes.append("gate opens")

        supervisor = Supervisor(
            parts, attendants or [], graceful_timeout_s=grace_s, stop=self.stop, on_failure=on_failure
        )
        async with asyncio.timeout(5):
            return await supervisor.run(gate.run if gate else open_gate)


@pytest.fixture
async def world() -> World:
    return World()


async def test_parts_start_after_the_gate_and_attendants_outlive_them(world: World) -> None:
    asyncio.get_running_loop().call_later(0.05, world.stop.set)
    assert await world.supervise([world.waiting("part", 0.02)], [world.waiting("attendant")]) is ExitCode.CLEAN
    assert world.notes == ["attendant runs", "gate opens", "part runs", "part ends", "attendant ends"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("broken"), ExitCode.FAILED),
        (None, ExitCode.FAILED),  # it ended by itself
        (asyncio.CancelledError(), ExitCode.FAILED),
        (StuckError(Check("commit_age", Measurement(Status.FAILED)), 300), ExitCode.STUCK),
    ],
)
async def test_when_one_part_fails_the_others_finish_and_the_code_tells(
    world: World, error: BaseException | None, code: ExitCode
) -> None:
    assert await world.supervise([world.failing(error), world.waiting("neighbour")]) is code
    assert world.notes == ["gate opens", "neighbour runs", "neighbour ends"]
    assert world.failures == 1


async def test_a_failing_attendant_stops_the_process_too(world: World) -> None:
    assert await world.supervise([world.waiting("part")], [world.failing(OSError())]) is ExitCode.FAILED
    assert world.notes[-1] == "part ends"


async def test_a_failing_gate_starts_nothing(world: World) -> None:
    code = await world.supervise([world.waiting("part")], gate=world.failing(RuntimeError()))
    assert code is ExitCode.FAILED
    assert world.notes == []


async def test_a_stop_before_the_gate_opens_starts_nothing_and_is_clean(world: World) -> None:
    asyncio.get_running_loop().call_later(0.05, world.stop.set)
    assert await world.supervise([world.waiting("part")], gate=world.waiting("gate")) is ExitCode.CLEAN
    assert world.notes == ["gate runs", "gate ends"]


async def test_what_outlives_the_grace_is_cancelled_and_the_quick_ones_are_not(world: World) -> None:
    asyncio.get_running_loop().call_later(0.05, world.stop.set)
    started = time.monotonic()
    code = await world.supervise([world.waiting("slow", 60), world.waiting("quick", 0.05)], grace_s=0.2)
    assert code is ExitCode.CLEAN
    assert time.monotonic() - started < 2
    assert "slow cancelled" in world.notes
    assert "quick ends" in world.notes


def test_the_second_signal_ends_at_once() -> None:
    asked: list[bool] = []
    ended: list[int] = []
    signals = StopSignals(lambda: asked.append(True), ended.append)
    signals.receive(signal.SIGINT)
    assert (asked, ended) == ([True], [])
    signals.receive(signal.SIGINT)
    assert (asked, ended) == ([True], [ExitCode.KILLED_BY_INTERRUPT])


def test_the_hard_stop_fires_once_and_can_be_called_off() -> None:
    ended: list[int] = []
    called_off = HardStop(0.05, ended.append)
    called_off.start()
    called_off.cancel()
    firing = HardStop(0.05, ended.append)
    firing.start()
    firing.start()
    time.sleep(0.3)
    assert ended == [ExitCode.HUNG]
