"""The branch's side of one service's exchange folder: it takes from ``out/``, puts into ``in/``, keeps in ``sent/``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from deploy.sandbox.bpjs.crash import crash_point
from shared.exchange.entries import complete_entries, free_name

_PRIVATE_FOLDER = 0o700


class Desk:
    """One service's folder. ``name`` is the service's."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    def waiting(self) -> list[Path]:
        """What the service has put out complete, by name; what is being written is hidden or ends in .tmp."""
        folder = self._part("out")
        return [folder / name for name in complete_entries(folder)]

    def take(self, path: Path) -> None:
        """Move a file that has been read to ``sent/``. Harmless when it is there already."""
        try:
            path.replace(self._part("sent") / path.name)
        except FileNotFoundError:
            return
        crash_point("after_move")

    def refuse(self, path: Path, sentence: str) -> None:
        """Put a file that cannot be used into ``out/refused/``, with the reason beside it, written first."""
        folder = self._part("out", "refused")
        target = folder / path.name
        if target.is_symlink() or target.is_dir() or path.is_dir():  # which a file does not replace, nor the reverse
            target = free_name(folder, path.name)
        self._replace(folder / f"{target.name}.reason.txt", [sentence])
        path.replace(target)

    def put(self, name: str, lines: Iterable[str]) -> None:
        """Put an answer into ``in/`` in one step. The same name and content again is harmless to the service."""
        self._replace(self._part("in") / name, lines, answer=True)

    def _replace(self, target: Path, lines: Iterable[str], *, answer: bool = False) -> None:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.writelines(f"{line}\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())
            if answer:
                crash_point("before_answer_rename")
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        if answer:
            crash_point("after_answer_rename")

    def _part(self, *names: str) -> Path:
        path = self._folder.joinpath(*names)
        path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        return path
