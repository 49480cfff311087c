"""What lies in a folder into which somebody else puts files: each entry under a name that can be stored and shown.

A name is a string of bytes that its sender chose. One that is not UTF-8 can neither be stored nor logged, one with a
line end forges a line of a log, one of 255 bytes cannot be given a number. Such an entry is renamed where it lies, so
that nothing behind has to know of it; the new name is none that a file of ours has, and so it is refused in sight.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger(__name__)

_LONGEST_BYTES: Final = 200  # leaves room for a number and an ending, where a file system takes 255
_KEPT_BYTES: Final = 120
_LOOKS_LIKE_A_FILE: Final = ".csv"


def complete_entries(folder: Path) -> list[str]:
    """The names of what lies in ``folder`` and is not being written (a hidden or ``.tmp`` name), sorted.

    That is whatever is called like a file: links, pipes and folders that end in ``.csv`` too, so that they are refused
    and do not stay unseen. Other folders are somebody else's.
    """
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in list(entries):
            name = entry.name
            if name.startswith(".") or name.endswith(".tmp"):
                continue
            if entry.is_dir(follow_symlinks=False) and not name.endswith(_LOOKS_LIKE_A_FILE):
                continue
            shown = shown_name(name)
            if shown == name:
                found.append(name)
            elif (renamed := _renamed(folder, name, shown)) is not None:
                found.append(renamed)
    return sorted(found)


def shown_name(name: str) -> str:
    """The name with every sign that does not show spelt out, and shortened where it is very long."""
    if not name.isprintable():
        name = "".join(sign if sign.isprintable() else _spelt(sign) for sign in name)
    if len(name.encode()) > _LONGEST_BYTES:
        digest = hashlib.sha256(name.encode()).hexdigest()[:12]
        name = f"{name.encode()[:_KEPT_BYTES].decode(errors='ignore')}~{digest}{_LOOKS_LIKE_A_FILE}"
    return name


def free_name(folder: Path, name: str) -> Path:
    """A path of this name that nothing has yet: with a number, if need be."""
    target, number = folder / name, 1
    while os.path.lexists(target):
        number += 1
        target = folder / f"{Path(name).stem}.{number}{Path(name).suffix}"
    return target


def _spelt(sign: str) -> str:
    if "\udc80" <= sign <= "\udcff":  # a byte that is not UTF-8, as Python hands it over
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")


def _renamed(folder: Path, name: str, shown: str) -> str | None:
    """Rename an entry; its new name, or None where that cannot be done: then it is left, and the log says so."""
    target = free_name(folder, shown)
    try:
        os.rename(folder / name, target)
    except FileNotFoundError:  # somebody has taken it away
        return None
    except OSError as error:
        log.warning("entry_cannot_be_renamed", file=shown, error_type=type(error).__name__)
        return None
    log.warning("entry_renamed", file=target.name)
    return target.name
