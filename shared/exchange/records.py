"""The form of every exchanged file: CSV in UTF-8 with a header line and a trailer that counts rows and sums rupiah.

A file that was cut off or added to does not fit its trailer and is refused whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

TRAILER = "TRAILER"
_LINE_END = "\r\n"


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


def read_records(content: bytes, columns: Sequence[str]) -> tuple[list[dict[str, str]], int]:
    """The rows by column name, and the trailer's total in rupiah.

    Raises RecordsError when the columns, a row's length, the trailer or its count do not fit.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecordsError("The file is not text in UTF-8. Ask the sender to send it again in UTF-8.") from None
    if "\x00" in text:
        raise RecordsError("The file holds characters that no text has. Ask the sender to send it again.")
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error:
        raise RecordsError("The file is not well-formed CSV. Ask the sender to send it again.") from None
    if not lines or tuple(lines[0]) != tuple(columns):
        raise RecordsError(f"The header line must be {','.join(columns)}. Ask the sender to correct it.")
    if len(lines) < 2 or lines[-1][0] != TRAILER or len(lines[-1]) != 3:
        raise RecordsError("The last line must be TRAILER,rows,rupiah; the file may be cut off. Ask for it again.")
    rows = lines[1:-1]
    if any(len(row) != len(columns) for row in rows):
        raise RecordsError("A row has more or fewer values than the header. Ask the sender to correct it.")
    _, counted, total = lines[-1]
    if not (_is_number(counted) and _is_number(total)) or int(counted) != len(rows):
        raise RecordsError("The trailer counts other rows than the file holds. Ask the sender for the whole file.")
    return [dict(zip(columns, row, strict=True)) for row in rows], int(total)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
