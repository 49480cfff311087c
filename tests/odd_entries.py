"""What may lie in an exchange folder besides the files that were agreed; none of it may hold up the others."""

from __future__ import annotations

import os
import socket
from pathlib import Path

LONG = "x" * 251


def put_odd_entries(folder: Path, kind: str) -> int:
    """Put one of each, with names that begin with ``kind``_; gives how many have to be refused in sight."""
    folder.mkdir(parents=True, exist_ok=True)
    before = len(list(folder.iterdir()))
    here = os.fsencode(folder)
    for name in (
        f"{kind}_".encode() + b"\xff\xfe.csv",
        b"\xc3\x28\xff",
        f"{kind}_1\n2026-11-10 [error] forged.csv".encode(),
        f"{kind}_\x1b[2J\x07.csv".encode(),
        f"{kind}_\u202evsc.exe".encode(),
        LONG.encode() + b".csv",
        b"\xff" * 255,
    ):
        with open(here + b"/" + name, "wb") as file:
            file.write(name)
    (folder / f"{kind}_folder.csv").mkdir()
    (folder / f"{kind}_folder.csv" / "within.csv").write_text("x")
    (folder / f"{kind}_dangling.csv").symlink_to(folder / "nowhere")
    (folder / f"{kind}_loop.csv").symlink_to(folder / f"{kind}_loop.csv")
    (folder / f"{kind}_link-to-folder.csv").symlink_to(folder.parent)
    os.mkfifo(folder / f"{kind}_pipe.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        at = os.open(folder, os.O_RDONLY)  # a socket's address is short, a test's folder is not
        try:
            listener.bind(f"/proc/self/fd/{at}/{kind}_socket.csv")
        finally:
            os.close(at)
    refused = len(list(folder.iterdir())) - before
    (folder / "lost+found").mkdir()  # somebody's folder that is called like no file stays where it is
    return refused


def left_in(folder: Path) -> list[str]:
    """What still lies in the folder."""
    return sorted(path.name for path in folder.iterdir())
