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
_LONGEST_LINE_BYTES = 1024 * 1024


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
        self._rows = csv.reader(self._lines(), strict=True)
        file.seek(offset)

    def read(self, limit: int) -> list[list[str]]:
        """The next rows, at most ``limit``, as texts in the order of the columns. None left: the file has ended.

        Raises RecordsError when the columns, a row's length, the trailer or its count do not fit.
        """
        width = len(self._columns)
        try:
            if self.offset == 0:
                self._check_header()
            taken = list(islice(self._rows, limit))
            if len(taken) < limit or any(len(row) != width or row[0] == TRAILER for row in taken):
                taken = self._up_to_trailer([row for row in taken if row], is_rest=len(taken) < limit)
        except csv.Error:
            raise RecordsError("The file is not well-formed CSV. Ask the sender to send it again.") from None
        self.count += len(taken)
        if self.ended:
            self._check_count()
        return taken

    def _check_header(self) -> None:
        header = next((row for row in self._rows if row), [])
        if tuple(header) != self._columns:
            raise RecordsError(f"The header line must be {','.join(self._columns)}. Ask the sender to correct it.")

    def _up_to_trailer(self, rows: list[list[str]], *, is_rest: bool) -> list[list[str]]:
        """The rows before the trailer, which must be the last of all; all of them if it is yet to come."""
        for place, row in enumerate(rows):
            if row[0] == TRAILER:
                if len(row) == 3 and len(rows) == place + 1 and not any(self._rows):
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

    def _check_count(self) -> None:
        counted, total = self._trailer
        if not (_is_number(counted) and _is_number(total)) or int(counted) != self.count:
            raise RecordsError("The trailer counts other rows than the file holds. Ask the sender for the whole file.")
        self.total_rupiah = int(total)

    def _lines(self) -> Iterator[str]:
        """The lines as text, counting the bytes of those that were taken."""
        while line := self._file.readline(_LONGEST_LINE_BYTES):
            text = line.removeprefix(b"\xef\xbb\xbf") if self.offset == 0 else line
            self.offset += len(line)
            if b"\x00" in text:
                raise RecordsError("The file holds characters that no text has. Ask the sender to send it again.")
            try:
                yield text.decode()
            except UnicodeDecodeError:
                raise RecordsError("The file is not text in UTF-8. Ask the sender to send it again in UTF-8.") from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
