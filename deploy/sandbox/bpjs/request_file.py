"""Reads a request as a stream: a list of a million workers takes no more memory than one of ten.

Written apart from the platform's own reader of this format, as another organisation would: where the two disagree, a
test fails.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.sandbox.bpjs.refusal import RefusedError

_TRAILER = "TRAILER"
_LONGEST_LINE_BYTES = 20_000
_BLOCK_BYTES = 256 * 1024


class RequestFile:
    """One file: iterate over ``rows()`` to its end, then ``sha256``, ``count`` and ``total_rupiah`` are known."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = list(columns)
        self._digest = hashlib.sha256()
        self.count = 0
        self.total_rupiah = 0

    @property
    def sha256(self) -> str:
        """Of the bytes read so far."""
        return self._digest.hexdigest()

    def rows(self) -> Iterator[list[str]]:
        """The data rows. Raises RefusedError when columns, trailer or row count do not fit."""
        trailer: list[str] | None = None
        width = len(self._columns)
        lines = self._values()
        try:
            if next(lines, None) != self._columns:
                raise RefusedError(f"The header line must be {','.join(self._columns)}.")
            for line in lines:
                if trailer is not None:
                    raise RefusedError("There are lines after the trailer; send the file again.")
                if line[:1] == [_TRAILER]:
                    trailer = line
                elif len(line) != width:
                    raise RefusedError(f"Row {self.count + 1} has more or fewer values than the header; correct it.")
                else:
                    self.count += 1
                    yield line
        except csv.Error:
            raise RefusedError(
                f"From row {self.count + 1} on rows cannot be told apart: a quotation mark is not closed; correct it."
            ) from None
        except UnicodeDecodeError:
            raise RefusedError("The file is not text in UTF-8; send it again.") from None
        self._check(trailer)

    def _values(self) -> Iterator[list[str]]:
        """The values of each line. A line without quotes is split at its commas, which is what most are."""
        lines = self._lines()
        for line in lines:
            if '"' in line or "\r" in line:
                quoted = itertools.chain([line], lines)
                yield from csv.reader((f"{text}\n" for text in quoted), strict=True)
            else:
                yield line.split(",")

    def _check(self, trailer: list[str] | None) -> None:
        if trailer is None or len(trailer) != 3:
            raise RefusedError("The trailer TRAILER,rows,rupiah is missing; the file may be cut off, send it again.")
        count, total_rupiah = whole_number(trailer[1]), whole_number(trailer[2])
        if count != self.count:
            raise RefusedError(f"The trailer counts {count} rows, the file has {self.count}; send it whole.")
        self.total_rupiah = total_rupiah

    def _lines(self) -> Iterator[str]:
        """The lines without their ends, read in blocks."""
        rest = b""
        with self._path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                self._digest.update(block)
                if b"\x00" in block:
                    raise RefusedError("The file holds a sign that no text has (NUL); send it again.")
                *lines, rest = (rest + block).split(b"\n")
                if len(rest) > _LONGEST_LINE_BYTES:
                    raise RefusedError("A line has no end; send the file again.")
                yield from b"\n".join(lines).decode().split("\n") if lines else ()
        if rest:
            yield rest.decode()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_ref(text: str) -> None:
    """A worker's reference has letters, digits and hyphens, which no answer has to quote. Raises RefusedError."""
    if not (text.isascii() and text.replace("-", "").isalnum()):
        raise RefusedError("A worker_ref has letters, digits and hyphens only; correct the file.")


def whole_number(text: str) -> int:
    """A whole number of at most 15 digits. Raises RefusedError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise RefusedError("Counts and rupiah are written in digits only; correct the file.")
    return int(text)
