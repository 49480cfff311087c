"""One organisation's side of an exchange folder: ``out/`` to the other, ``in/`` from it, ``done/`` and ``refused/``."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import Final

from shared.exchange.entries import complete_entries, free_name

PRIVATE_FOLDER: Final = 0o700
MAX_BYTES: Final = 512 * 1024 * 1024
NO_FILE: Final = "not-a-file"
_ABANDONED_AFTER_S: Final = 3600.0  # no write takes longer
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*_[A-Za-z0-9_-]{1,150}\.csv")


class ExchangeError(Exception):
    """A file cannot be exchanged; the text says why and what to do, without any content of the file.

    ``reason`` is a code: too-large, not-a-file, not-readable or name.
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.safe_message = sentence
        self.reason = reason


class Exchange:
    """The folder that is shared with the other organisation. Sub-folders are made when they are needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, lines: Iterable[str]) -> int:
        """Put a file into ``out/`` in one step: the other side sees all of it or nothing. Gives its size in bytes.

        The same name and content again is harmless. Raises ExchangeError for a name that is none of ours.
        """
        draft = _Draft(self._folder("out") / _checked(name))
        try:
            for line in lines:
                draft.file.write(f"{line}\n".encode())
            return draft.publish()
        except BaseException:
            draft.discard()
            raise

    @contextlib.asynccontextmanager
    async def writing(self, name: str) -> AsyncIterator[BufferedWriter]:
        """The same for a file whose bytes come from a database: it is in ``out/`` when the block has ended well."""
        draft = await asyncio.to_thread(_Draft, self._folder("out") / _checked(name))
        try:
            yield draft.file
            await asyncio.to_thread(draft.publish)
        except BaseException:
            draft.discard()
            raise

    def incoming(self) -> list[str]:
        """Names of what lies complete in ``in/``, sorted; each can be stored and shown (`entries`).

        A file still being written has a hidden or .tmp name.
        """
        return complete_entries(self._folder("in"))

    def open(self, name: str, *, max_bytes: int = MAX_BYTES) -> BufferedReader:
        """A file in ``in/``, to be closed.

        Raises ExchangeError when it is larger than ``max_bytes``, may not be read, or is no file: a link, a folder, a
        pipe. FileNotFoundError: somebody has taken it away.
        """
        path = self._folder("in") / Path(name).name
        try:
            # A pipe would wait for somebody who writes into it.
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise ExchangeError("It is a link and no file; ask the sender for the file itself.", NO_FILE) from None
            if error.errno in (errno.ENXIO, errno.ENODEV):
                raise ExchangeError("It is no file; ask the sender for the file itself.", NO_FILE) from None
            if isinstance(error, PermissionError):
                raise ExchangeError("It may not be read; ask the sender to allow it.", "not-readable") from None
            raise
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            os.close(handle)
            raise ExchangeError("It is no file; ask the sender for the file itself.", NO_FILE)
        if status.st_size > max_bytes:
            os.close(handle)
            raise ExchangeError(f"The file has more than {max_bytes} bytes; ask the sender to split it.", "too-large")
        return os.fdopen(handle, "rb")

    def read(self, name: str, *, max_bytes: int = MAX_BYTES) -> bytes:
        """The content of a file in ``in/`` that is known to be small. Raises ExchangeError like `open`."""
        with self.open(name, max_bytes=max_bytes) as file:
            return file.read(max_bytes)

    def digest(self, name: str, *, max_bytes: int = MAX_BYTES) -> str:
        """The SHA-256 of a file in ``in/``, read in pieces. Raises ExchangeError like `open`."""
        with self.open(name, max_bytes=max_bytes) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def archive(self, name: str, *, refused: bool = False) -> None:
        """Move a file from ``in/`` to ``done/`` (or ``refused/``). Harmless when it is there already.

        A file of the same name that lies there is kept: the new one gets a number.
        """
        source = self._folder("in") / Path(name).name
        target = free_name(self._folder("refused" if refused else "done"), source.name)
        with contextlib.suppress(FileNotFoundError):
            source.rename(target)

    def _folder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        return path


class _Draft:
    """A file under a hidden name, until it is whole."""

    def __init__(self, target: Path) -> None:
        _remove_abandoned(target.parent)
        self._target = target
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
        self._path = Path(temporary)
        self.file: BufferedWriter = os.fdopen(handle, "wb")

    def publish(self) -> int:
        """Give it its name, after its bytes are safe. Gives its size in bytes."""
        self.file.flush()
        os.fsync(self.file.fileno())
        size_bytes = self.file.tell()
        self.file.close()
        self._path.replace(self._target)
        _sync(self._target.parent)
        return size_bytes

    def discard(self) -> None:
        """Leave nothing."""
        with contextlib.suppress(OSError):
            self.file.close()
        self._path.unlink(missing_ok=True)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        sentence = "A file to exchange is called kind_reference.csv, in lower case before the underscore."
        raise ExchangeError(sentence, "name")
    return name


def _remove_abandoned(folder: Path) -> None:
    """Remove what a writer that was killed has left: it may hold people's data, and nobody else ever would."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):  # it is gone, or no file
            if time.time() - path.stat().st_mtime > _ABANDONED_AFTER_S:
                path.unlink()


def _sync(folder: Path) -> None:
    """Make the new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
