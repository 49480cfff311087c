"""Logs stay small: a big one is copied aside and emptied, so that no process has to open its file again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LARGEST_BYTES = 20_000_000
KEPT = 2


def rotate(folder: Path, largest_bytes: int = LARGEST_BYTES) -> list[Path]:
    """Move the content of every ``*.log`` over the limit to ``*.log.1`` (older to ``.2``); gives what was rotated.

    The processes append, so their next line lands at the new end. A line written in between the copy and the
    emptying is lost; a laptop can live with that.
    """
    big = [log for log in sorted(folder.glob("*.log")) if log.stat().st_size > largest_bytes]
    for log in big:
        for number in range(KEPT, 1, -1):
            younger = log.with_name(f"{log.name}.{number - 1}")
            if younger.exists():
                younger.replace(log.with_name(f"{log.name}.{number}"))
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        log.with_name(f"{log.name}.1").chmod(0o600)
        os.truncate(log, 0)
    return big


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error's text; only its end is read, however long it is."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
