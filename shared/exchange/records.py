"""The form of every exchanged file: CSV in UTF-8 with a header line and a trailer that counts rows and sums rupiah.

A file that was cut off or added to does not fit its trailer and is refused whole. Files of a million rows are read and
written in pieces, so that nobody holds one in memory.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

TRAILER = "TRAILER"
_LINE_END = "\r\n"
_LONGEST_LINE_BYTES = 128 * 1024
_BLOCK_BYTES = 256 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class RecordsError(ValueError):
    """A file does not have the form that was agreed; the text says how and what to ask the sender for."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.safe_message = sentence


def write_records(columns: Sequence[str], rows: Iterable[Sequence[object]], *, total_rupiah: int = 0) -> Iterator[str]:
    """The lines of a file, without line ends: header, one line a row, trailer. Streams; ``rows`` may be endless."""
    buffer = io.StringIO()
    # A line end within a value is quoted only if it is among those of the writer.
    writer = csv.writer(buffer, lineterminator=_LINE_END)

    def line(values: Sequence[object]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(values)
        return buffer.getvalue().removesuffix(_LINE_END)

    yield line(columns)
    count = 0
    for row in rows:
        if len(row) != len(columns):
            raise ValueError("A row must have as many values as there are columns.")
        count += 1
        yield line(row)
    yield line((TRAILER, count, total_rupiah))


def header_line(columns: Sequence[str]) -> bytes:
    """The first line of a file whose rows somebody else writes, such as a database's COPY."""
    return f"{','.join(columns)}\n".encode()


def trailer_line(count: int, total_rupiah: int) -> bytes:
    """The last line of such a file."""
    return f"{TRAILER},{count},{total_rupiah}\n".encode()


def read_records(content: bytes, columns: Sequence[str]) -> tuple[list[dict[str, str]], int]:
    """The rows of a small file by column name, and the trailer's total in rupiah. Raises RecordsError.

    A file whose size somebody else decides is read with `RecordReader`, in pieces.
    """
    reader = RecordReader(io.BytesIO(content), columns)
    rows: list[dict[str, str]] = []
    while not reader.ended:
        rows += [dict(zip(columns, row, strict=True)) for row in reader.read(10_000)]
    return rows, reader.total_rupiah


class RecordReader:
    """Reads ``file`` in pieces: ``read`` until ``ended``, and let nothing take effect before, for the trailer is last.

    ``offset`` and ``count`` after a piece are where a reader made later, with these two, goes on.
    """

    def __init__(self, file: BinaryIO, columns: Sequence[str], *, offset: int = 0, count: int = 0) -> None:
        self.offset = offset
        self.count = count
        self.ended = False
        self.total_rupiah = 0
        self._file = file
        self._columns = tuple(columns)

    def read(self, limit: int) -> list[list[str]]:
        """The next rows, at most ``limit``, as texts in the order of the columns. None left: the file has ended.

        Raises RecordsError when the columns, a row's length, the trailer or its count do not fit.
        """
        width = len(self._columns)
        if self.offset == 0:
            self._check_header()
        rows = self._next(limit)
        if len(rows) < limit or any(len(row) != width or row[0] == TRAILER for row in rows):
            rows = self._up_to_trailer([row for row in rows if row], is_rest=len(rows) < limit)
        self.count += len(rows)
        if self.ended:
            self._check_count()
        return rows

    def _next(self, limit: int) -> list[list[str]]:
        """The values of the next lines, none for an empty one; fewer than ``limit`` only at the end of the file."""
        lines = self._next_lines(limit)
        if lines is not None:
            return [line.split(",") if line else [] for line in lines]
        self._file.seek(self.offset)
        first, rows = self._next_row, list[list[str]]()
        try:
            rows.extend(islice(csv.reader(self._line_by_line(), strict=True), limit))
        except csv.Error:
            raise RecordsError(
                f"From row {first + len(rows)} on rows cannot be told apart: a quotation mark is not closed, or a cell "
                "has no end. Ask the sender to correct that row and to send the file again."
            ) from None
        return rows

    @property
    def _next_row(self) -> int:
        """The number of the next row, the heading being 1; empty lines do not count."""
        return self.count + 2 if self.offset else 1

    def _next_lines(self, limit: int) -> list[str] | None:
        """The next lines, moving on behind them; None, without moving, if any of them needs to be read as CSV."""
        self._file.seek(self.offset)
        lines: list[bytes] = []
        rest = b""
        while len(lines) < limit and (block := self._file.read(_BLOCK_BYTES)):
            *whole, rest = (rest + block).split(b"\n")
            lines += whole
            if max(map(len, (*whole, rest))) > _LONGEST_LINE_BYTES:
                return None
        if rest and len(lines) < limit:  # the last line has no end
            lines.append(rest)
        del lines[limit:]
        content = b"\n".join(lines)
        if b'"' in content or b"\r" in content or content.startswith(_BYTE_ORDER_MARK):
            return None
        first = self._next_row
        self.offset += len(content) + 1 if lines else 0
        return _text(content, first).split("\n") if lines else []

    def _line_by_line(self) -> Iterator[str]:
        """The next lines with their ends, moving on behind each one that is asked for."""
        number = self._next_row
        while line := self._file.readline(_LONGEST_LINE_BYTES):
            text = line.removeprefix(_BYTE_ORDER_MARK) if self.offset == 0 else line
            self.offset += len(line)
            if len(line) == _LONGEST_LINE_BYTES and not line.endswith(b"\n"):
                raise RecordsError(f"Row {number} has no end. Ask the sender to correct it and to send the file again.")
            yield _text(text, number)
            number += 1

    def _check_header(self) -> None:
        header: list[str] = []
        while not header and (lines := self._next(1)):
            (header,) = lines
        if tuple(header) != self._columns:
            raise RecordsError(f"The header line must be {','.join(self._columns)}. Ask the sender to correct it.")

    def _up_to_trailer(self, rows: list[list[str]], *, is_rest: bool) -> list[list[str]]:
        """The rows before the trailer, which must be the last of all; all of them if it is yet to come."""
        for place, row in enumerate(rows):
            if row[0] == TRAILER:
                if len(row) == 3 and len(rows) == place + 1 and not self._any_more():
                    self._trailer = row[1:]
                    self.ended = True
                    return rows[:place]
                is_rest = True
                break
            if len(row) != len(self._columns):
                raise RecordsError("A row has more or fewer values than the header. Ask the sender to correct it.")
        if is_rest:
            raise RecordsError("The last line must be TRAILER,rows,rupiah; the file may be cut off. Ask for it again.")
        return rows

    def _any_more(self) -> bool:
        self._file.seek(self.offset)
        return any(line.strip("\r\n") for line in self._line_by_line())

    def _check_count(self) -> None:
        counted, total = self._trailer
        if not (_is_number(counted) and _is_number(total)) or int(counted) != self.count:
            raise RecordsError("The trailer counts other rows than the file holds. Ask the sender for the whole file.")
        self.total_rupiah = int(total)


def _text(content: bytes, first_row: int) -> str:
    nul = content.find(b"\x00")
    if nul >= 0:
        row = first_row + content.count(b"\n", 0, nul)
        raise RecordsError(f"Row {row} holds a sign that no text has (NUL). Ask the sender to send the file again.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise RecordsError("The file is not text in UTF-8. Ask the sender to send it again in UTF-8.") from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
