"""Writes down what each test costs on the clock and of the processors, with the processes that it starts.

On with `--costs FOLDER` (`make test` gives it): every process of the run leaves one file there, which
`tests.suite.report` reads. What tests share (a broker, a platform) is written down for itself, under the folder whose
fixture it is, and not for the test that happened to come first.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
Pids = Callable[[], Iterable[int]]


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of the processors. ``name`` is a test's identifier, or a fixture's for ``folder``."""

    folder: str
    name: str
    wall_s: float
    cpu_s: float


@dataclass
class Record:
    """What one process of the run has to say. ``machine_*`` count all processors' seconds since the machine began."""

    part: str
    process: str
    runs_tests: bool
    began_at: float
    machine_began_s: float
    ended_at: float = 0.0
    machine_ended_s: float = 0.0
    own_cpu_s: float = 0.0
    tests: list[Cost] = field(default_factory=list)
    shared: list[Cost] = field(default_factory=list)


def folder_of(path: str) -> str:
    """The folder that a file counts for: the first below tests/, and one more below tests/shared."""
    parts = Path(path).parts[1:-1]
    return "/".join(parts[: 2 if parts[:1] == ("shared",) else 1]) or "."


def machine_busy_s() -> float:
    """Seconds that the processors worked for anybody, or were taken away, since the machine began; 0 if unknown."""
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _idle, _waiting, irq, soft_irq, steal = (int(word) for word in first[:8])
    return (user + nice + system + irq + soft_irq + steal) / TICKS_PER_S


class Recorder:
    """The plugin of one process."""

    def __init__(self, folder: Path, part: str, process: str, *, runs_tests: bool) -> None:
        self._folder = folder
        self._living: list[Pids] = []
        self._record = Record(part, process, runs_tests, time.time(), machine_busy_s())
        self._inner = (0.0, 0.0)

    def include(self, pids: Pids) -> None:
        """Count these long-lived children, too, while they run; of the others the kernel tells when they are gone."""
        self._living.append(pids)

    def _now(self) -> tuple[float, float]:
        living = sum(_cpu_s(pid) for pids in self._living for pid in pids())
        return time.perf_counter(), sum(os.times()[:4]) + living

    def _since(self, began: tuple[float, float], inner: tuple[float, float] = (0.0, 0.0)) -> tuple[float, float]:
        """Seconds since ``began`` without those that were written down for something inside it."""
        wall, cpu = self._now()
        inside = self._inner[0] - inner[0], self._inner[1] - inner[1]
        return max(0.0, wall - began[0] - inside[0]), max(0.0, cpu - began[1] - inside[1])

    def _put(self, costs: list[Cost], folder: str, name: str, spent: tuple[float, float]) -> None:
        costs.append(Cost(folder, name, round(spent[0], 3), round(spent[1], 3)))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """A test from its fixtures to their end."""
        began, self._inner = self._now(), (0.0, 0.0)
        result = yield
        self._put(self._record.tests, folder_of(item.nodeid.partition("::")[0]), item.nodeid, self._since(began))
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """What several tests share."""
        if fixturedef.scope == "function":
            return (yield)
        began, inner = self._now(), self._inner
        try:
            return (yield)
        finally:
            place = fixturedef.baseid if fixturedef.baseid.endswith(".py") else f"{fixturedef.baseid}/conftest.py"
            self._aside(folder_of(place), f"fixture {fixturedef.argname}", began, inner)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, nextitem: pytest.Item | None) -> Generator[None, object, object]:
        """The last test's end is that of everything shared."""
        began, inner = self._now(), self._inner
        try:
            return (yield)
        finally:
            if nextitem is None:
                self._aside(".", "end of what was shared", began, inner)

    def _aside(self, folder: str, name: str, began: tuple[float, float], inner: tuple[float, float]) -> None:
        spent = self._since(began, inner)
        self._put(self._record.shared, folder, name, spent)
        self._inner = self._inner[0] + spent[0], self._inner[1] + spent[1]

    def pytest_sessionfinish(self) -> None:
        """Leave the file."""
        record = self._record
        record.ended_at, record.machine_ended_s = time.time(), machine_busy_s()
        # Who only distributes has the others for children, and they speak for themselves.
        record.own_cpu_s = self._now()[1] if record.runs_tests else sum(os.times()[:2])
        text = json.dumps(asdict(record))
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"{record.part}-{record.process}.json").write_text(text, encoding="utf-8")


def recorder_of(config: pytest.Config) -> Recorder | None:
    """The plugin of this run, if it is recorded."""
    found = config.pluginmanager.get_plugin("payung-costs")
    return found if isinstance(found, Recorder) else None


def add_options(parser: pytest.Parser) -> None:
    """`--costs` and `--part`."""
    group = parser.getgroup("costs", "what tests cost")
    group.addoption("--costs", metavar="FOLDER", help="leave there what each test has cost")
    group.addoption("--part", default="suite", help="the part of the suite that this run is")


def register(config: pytest.Config) -> None:
    """Begin to record, if that is wanted."""
    if not (folder := config.getoption("costs")):
        return
    workerinput: dict[str, Any] = getattr(config, "workerinput", {})
    process = str(workerinput.get("workerid", "main"))
    runs_tests = bool(workerinput) or not getattr(config.option, "numprocesses", None)
    made = Recorder(Path(folder), config.getoption("part"), process, runs_tests=runs_tests)
    config.pluginmanager.register(made, "payung-costs")


def _cpu_s(pid: int) -> float:
    """Processor seconds of a process and of its children that are gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / TICKS_PER_S
