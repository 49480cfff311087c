"""Where the processor's time and the memory went: read from the kernel twice a second, by process.

PostgreSQL's processes are grouped: those that serve a database by its name, the others by what they do. Of one that
ended between two looks the last part is missing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.stack import Stack

INTERVAL_S: Final = 0.5
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
BENCH: Final = "bench itself"
MEASURING: Final = frozenset({BENCH, "postgres: bench"})
"""What measures, and is not measured."""


@dataclass(slots=True)
class Usage:
    """What a process or group has used: processor seconds, peak memory in MB (of a group: of its largest process).

    Of our own processes and Kafka the memory is the peak of the resident set. Of PostgreSQL's it is what a process
    has for itself: the shared buffers would count in each of them.
    """

    cpu_s: float = 0.0
    rss_max_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class MachineTime:
    """Seconds of all processors together: at work, waiting for the disk, taken away by the host of this machine."""

    busy_s: float
    waiting_s: float
    stolen_s: float

    @classmethod
    def now(cls) -> MachineTime:
        """Since the machine started."""
        line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
        user, nice, system, _, waiting, irq, soft_irq, stolen = (int(word) / _TICKS_PER_S for word in line.split()[1:9])
        return cls(user + nice + system + irq + soft_irq, waiting, stolen)

    def since(self, before: MachineTime) -> MachineTime:
        """What has passed since ``before``."""
        return MachineTime(
            self.busy_s - before.busy_s, self.waiting_s - before.waiting_s, self.stolen_s - before.stolen_s
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """The process numbers of what everybody stands on: the broker, and PostgreSQL's first process."""

    kafka: int
    postmaster: int

    @classmethod
    def of(cls, stack: Stack) -> Ground:
        """Those of a stack of our own. Raises LookupError where broker or databases run elsewhere."""
        kafka = None if stack.kafka is None else stack.kafka.pid
        postmaster = None if stack.postgres is None else stack.postgres.pid
        if kafka is None or postmaster is None:
            raise LookupError("Broker and databases have to run on this machine, as children of this process.")
        return cls(kafka, postmaster)

    def profiler(self, processes: Mapping[str, int]) -> Profiler:
        """A profiler of ``processes`` on this ground."""
        return Profiler({**processes, "kafka": self.kafka}, self.postmaster)


@dataclass
class Profiler:
    """Watches ``processes`` (numbers by name) and the processes below ``postmaster``, from `start` to `stop`."""

    processes: Mapping[str, int]
    postmaster: int
    _first: dict[int, float] = field(default_factory=dict)
    _last: dict[int, float] = field(default_factory=dict)
    _group: dict[int, str] = field(default_factory=dict)
    _peak_mb: dict[int, float] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _own_s: float = 0.0

    def start(self) -> None:
        """Begin; what was used before does not count."""
        self._own_s = _own_cpu_s()
        self._look(first=True)
        self._thread = threading.Thread(target=self._watch, name="profiler", daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, Usage]:
        """End; gives what was used, by process or group."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._look(first=False)
        used: dict[str, Usage] = {}
        for pid, name in self._group.items():
            usage = used.setdefault(name, Usage())
            usage.cpu_s += self._last[pid] - self._first[pid]
            usage.rss_max_mb = max(usage.rss_max_mb, self._peak_mb.get(pid, 0.0))
        used[BENCH] = Usage(_own_cpu_s() - self._own_s, _status_mb(os.getpid(), "VmHWM"))
        return used

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL_S):
            self._look(first=False)

    def _look(self, *, first: bool) -> None:
        for name, pid in self.processes.items():
            self._see(pid, name, "VmHWM", first=first)
        self._see(self.postmaster, "postgres: the rest", "RssAnon", first=first)
        for pid in _children(self.postmaster):
            self._see(pid, _postgres_group(pid), "RssAnon", first=first)

    def _see(self, pid: int, name: str, memory: str, *, first: bool) -> None:
        used_s = _cpu_s(pid)
        if used_s is None:
            return
        if pid not in self._first:
            self._first[pid] = used_s if first else 0.0
            self._group[pid] = name
        elif name != self._group[pid] and name.startswith("postgres: ") and self._group[pid].endswith("the rest"):
            self._group[pid] = name  # it had just begun and had no title yet
        self._last[pid] = used_s
        self._peak_mb[pid] = max(self._peak_mb.get(pid, 0.0), _status_mb(pid, memory))


def busy_s(usage: Mapping[str, Usage]) -> float:
    """Processor seconds of everything but what measures."""
    return sum(used.cpu_s for name, used in usage.items() if name not in MEASURING)


def _own_cpu_s() -> float:
    times = os.times()
    return times.user + times.system


def _cpu_s(pid: int) -> float | None:
    """Processor seconds that a process has used; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _status_mb(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith(f"{name}:")), "0 0")
    return int(found.split()[1]) / 1024


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _postgres_group(pid: int) -> str:
    """``postgres: subsidy`` for who serves it; the others by what they do."""
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        title = ""
    words = title.split()
    if len(words) < 3 or words[0] != "postgres:":
        return "postgres: the rest"
    if "(" in title and words[1] == words[2]:  # role and database have one name
        return f"postgres: {words[2]}"
    if words[1] == "autovacuum" and words[2] == "worker":
        return "postgres: autovacuum"
    if words[1] in {"checkpointer", "walwriter", "io"}:
        return f"postgres: {words[1]}"
    if words[1] == "postgres":
        return "postgres: bench"
    if words[1] == "parallel":
        return "postgres: parallel workers"
    return "postgres: the rest"
