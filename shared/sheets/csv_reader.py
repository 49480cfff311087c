"""Reads CSV piece by piece and can go on where another process stopped: memory does not grow with the file."""

from __future__ import annotations

import io
from itertools import islice
from typing import Final

from shared.sheets.content import UTF_8_BOM
from shared.sheets.csv_rows import CsvFault, CsvFaultError, CsvRows
from shared.sheets.delimiter import sniff_delimiter
from shared.sheets.refusals import FileRefusal, FileRefusedError

# A record longer than this is a quotation mark that nobody closed.
_LONGEST_TAIL_BYTES: Final = 64 * 1024

_REFUSALS: Final = {
    CsvFault.QUOTE: FileRefusal.QUOTE_OPEN,
    CsvFault.CELL_TOO_LONG: FileRefusal.LINE_TOO_LONG,
    CsvFault.CUT_OFF: FileRefusal.CUT_OFF,
}

Record = tuple[int, list[str]]


class CsvReader:
    """Give it the file's bytes in order; it gives whole records that hold something, numbered as a spreadsheet does.

    ``consumed_bytes`` is how far the records given so far reach into the file; another reader that starts there with
    the same ``delimiter`` and ``next_row`` gives the rest. ``width`` is how many cells a row should have, 0 where it is
    not known yet.
    """

    def __init__(
        self, encoding: str, *, delimiter: str | None = None, consumed_bytes: int = 0, next_row: int = 1, width: int = 0
    ) -> None:
        self._encoding = encoding
        self.delimiter = delimiter
        self.consumed_bytes = consumed_bytes
        self.next_row = next_row
        self.width = width
        self._tail = b""

    def feed(self, chunk: bytes, *, is_last: bool) -> list[Record]:
        """The records that end in this chunk. Raises FileRefusedError where rows cannot be told apart."""
        data = self._tail + chunk
        cut = len(data) if is_last else self._cut(data)
        block, self._tail = data[:cut], data[cut:]
        at_start = self.consumed_bytes == 0
        self.consumed_bytes += cut
        text = (block.removeprefix(UTF_8_BOM) if at_start else block).decode(self._encoding)
        if self.delimiter is None and text:
            text = self._choose_delimiter(text)
        records = self._records(text, is_last=is_last)
        if len(self._tail) > _LONGEST_TAIL_BYTES:
            raise self._too_long(self._tail, self.next_row)
        return records

    def _cut(self, data: bytes) -> int:
        """Where the last whole record ends: a line end outside quotation marks."""
        line_end = b"\n" if b"\n" in data else b"\r"
        cut = data.rfind(line_end) + 1
        is_open = data.count(b'"', 0, cut) % 2
        while is_open and cut > len(data) - _LONGEST_TAIL_BYTES:
            earlier = data.rfind(line_end, 0, cut - 1) + 1
            is_open ^= data.count(b'"', earlier, cut) % 2
            cut = earlier
        return cut if not is_open else data.rfind(line_end) + 1

    def _choose_delimiter(self, text: str) -> str:
        first, _, rest = text.partition("\n")
        if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
            self.delimiter = first.strip()[4]
            self.next_row += 1
            return rest
        self.delimiter = sniff_delimiter(text.lstrip("\r\n").partition("\n")[0])
        return text

    def _records(self, text: str, *, is_last: bool) -> list[Record]:
        rows = CsvRows(text, self.delimiter or ",", first_row=self.next_row, width=self.width, is_last=is_last)
        try:
            # Without the empty ones: a file of line ends only must not take memory.
            records = [record for record in rows if record[1]]
        except CsvFaultError as fault:
            if is_last or not fault.is_at_end:
                raise FileRefusedError(_REFUSALS[fault.fault], {"row": str(fault.row)}) from None
            records = self._up_to(text, fault.line)
        else:
            self.next_row = rows.next_row
        return records

    def _up_to(self, text: str, lines: int) -> list[Record]:
        """The records of the first ``lines``; what follows ends within a quoted cell and waits for the next chunk."""
        whole = "".join(islice(io.StringIO(text, newline=""), lines))
        rest = text[len(whole) :].encode(self._encoding)
        self._tail = rest + self._tail
        self.consumed_bytes -= len(rest)
        return self._records(whole, is_last=False)

    @staticmethod
    def _too_long(data: bytes, row: int) -> FileRefusedError:
        """What to say of a record without end: without quotation marks nobody forgot to close one."""
        reason = FileRefusal.QUOTE_OPEN if b'"' in data else FileRefusal.LINE_TOO_LONG
        return FileRefusedError(reason, {"row": str(row)})
