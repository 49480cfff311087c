"""No process may outlive the one that supervises it, however that one dies.

Two ropes, because each has a hole. On Linux the kernel signals a child when its parent dies (not heard by a
stopped process, unknown elsewhere); a watchdog process reads a pipe that only the supervisor holds open, and
kills what is left when it closes. This file is run by path with the bare interpreter, so it uses the standard
library only and imports nothing of ours.

    python lifeline.py exec PARENT_PID SIGNAL UID GID COMMAND...   become COMMAND, tied to the parent
    python lifeline.py watch                                       kill the processes named on standard input
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
GRACE_S = 2.0
KEEP = -1  # "do not change the user or group"


def start_time(pid: int) -> str | None:
    """What tells this process from a later one with the same number; ``None`` if it is gone or a zombie.

    Linux: clock ticks since boot together with the boot's identifier. Elsewhere: the start date that ``ps`` prints.
    """
    if os.path.isdir("/proc/self"):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
                return None if fields[0] in "ZX" else f"{fields[19]}@{boot.read().strip()}"
        except OSError:
            return None
    shown = subprocess.run(  # noqa: S603
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607 - ps lives where the system puts it
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return None if not shown or shown.startswith("Z") else shown.partition(" ")[2].strip()


def is_same_process(pid: int, started: str) -> bool:
    """Whether ``pid`` is still the process that began at ``started`` and not another that got its number."""
    return start_time(pid) == started


def _families() -> dict[int, tuple[int, int]]:
    """Every process's parent and process group, by process number."""
    if not os.path.isdir("/proc/self"):
        listing = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,pgid="],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        rows = (map(int, line.split()) for line in listing.splitlines())
        return {pid: (parent, group) for pid, parent, group in rows}
    families = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        families[int(name)] = (int(fields[1]), int(fields[2]))
    return families


def descendants(pid: int) -> list[int]:
    """The children of ``pid``, their children, and so on, and orphans left in its process group."""
    families = _families()
    found = [pid]
    for ancestor in found:
        found += [
            child
            for child, (parent, group) in families.items()
            if child not in found and (parent == ancestor or group == pid)
        ]
    return found[1:]


def send(pid: int, number: int) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def kill_tree(children: dict[int, str]) -> None:
    """Give the processes a moment to end by themselves, then kill what is left of them and below them.

    ``children`` maps process numbers to their :func:`start_time`; a number used again since is left alone.
    """
    known = dict(children)
    for pid, started in children.items():
        if start_time(pid) in {started, None}:  # a dead leader's number stays its own while its group lives
            known |= {below: begun for below in descendants(pid) if (begun := start_time(below))}
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(is_same_process(*entry) for entry in known.items()):
        time.sleep(0.05)
    for pid, started in known.items():
        if is_same_process(pid, started):
            send(pid, signal.SIGKILL)


def watch() -> None:
    """Read ``+PID START`` and ``-PID`` lines until the supervisor is gone, then kill what it left behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when its supervisor ends, not before
    children: dict[int, str] = {}
    for line in sys.stdin:
        pid, _, started = line[1:].strip().partition(" ")
        if line.startswith("+"):
            children[int(pid)] = started
        else:
            children.pop(int(pid), None)
    kill_tree(children)


def become(parent: int, death_signal: int, uid: int, gid: int, command: list[str]) -> None:
    """Drop privileges, tie this process to ``parent``, and turn into ``command``."""
    if gid != KEEP:
        os.setgroups([])
        os.setgid(gid)
    if uid != KEEP:
        os.setuid(uid)  # a change of user clears the death signal, so it comes before
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)  # the supervisor died before the rope was tied
    os.execv(command[0], command)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch()
    else:
        parent_pid, death, user, group = map(int, sys.argv[2:6])
        become(parent_pid, death, user, group, sys.argv[6:])
