"""Files that go to and come from another organisation through a folder: written whole, taken once, kept in sight.

BPJS Ketenagakerjaan has no public interface for regions; lists, bills and confirmations are files. A writer writes
from its database after commit, so a crash only writes the same file again; a reader records a file together with its
effect and moves it away afterwards.
"""

from shared.exchange.folder import Exchange, ExchangeError
from shared.exchange.records import (
    RecordReader,
    RecordsError,
    header_line,
    read_records,
    trailer_line,
    write_records,
)
from shared.exchange.taken import REFUSED, Coming, coming

__all__ = [
    "REFUSED",
    "Coming",
    "Exchange",
    "ExchangeError",
    "RecordReader",
    "RecordsError",
    "coming",
    "header_line",
    "read_records",
    "trailer_line",
    "write_records",
]
