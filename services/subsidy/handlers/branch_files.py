"""What handlers want of the files that are exchanged with BPJS; ``adapters/exchange.py`` does it with a folder.

A file that somebody has taken away raises FileNotFoundError, one that cannot be read or moved now OSError, one that is
never to be read ExchangeError, and one whose content is not of its kind RecordsError.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from io import BufferedWriter
from typing import NamedTuple, Protocol
from uuid import UUID

from services.subsidy.rules.matching import ReceivedBill
from services.subsidy.store.confirmations import Said
from services.subsidy.tables import Bill, Disbursement


class FileKind(StrEnum):
    """What BPJS sends."""

    BILL = "bill"
    CONFIRMATION = "confirmation"
    UNKNOWN = "unknown"


class Named(NamedTuple):
    """What a file is by its name, and which bill or disbursement it is about."""

    kind: FileKind
    reference_id: UUID | None


class BillFile(NamedTuple):
    """A bill as BPJS sent it, how many rows its file has, and the total of its last line."""

    answer: ReceivedBill
    rows: int
    total_rupiah: int


class ConfirmationPiece(NamedTuple):
    """Some rows of a confirmation, by what they say; ``rows`` and ``offset_bytes`` count from the file's beginning.

    ``total_rupiah``, of the file's last line, is known when it ``is_last``.
    """

    said: Mapping[Said, list[UUID]]
    rows: int
    offset_bytes: int
    is_last: bool
    total_rupiah: int


class IncomingFiles(Protocol):
    """Files from BPJS."""

    async def waiting(self) -> list[str]:
        """The names of those that were not put away yet."""
        ...

    def named(self, name: str) -> Named:
        """What a file is by its name; UNKNOWN if it is none of those that BPJS sends."""
        ...

    async def digest(self, name: str) -> str:
        """The SHA-256 of a file's content."""
        ...

    async def put_away(self, name: str, *, is_refused: bool) -> None:
        """Move a file out of sight, in which nothing is left to do."""
        ...

    async def read_bill(self, name: str) -> BillFile:
        """Read a bill, which has one row."""
        ...

    async def read_confirmation(self, name: str, *, offset_bytes: int, rows: int, limit: int) -> ConfirmationPiece:
        """Read on behind ``rows`` rows and ``offset_bytes``, at most ``limit`` rows."""
        ...


class OutgoingFiles(Protocol):
    """Files for BPJS. One is put down whole, when its method has ended, or not at all."""

    async def write_request(
        self, bill_id: UUID, total_rupiah: int, write_rows: Callable[[BufferedWriter], Awaitable[int]]
    ) -> None:
        """Write what BPJS is asked to bill; ``write_rows`` writes the rows and gives how many."""
        ...

    async def write_payment(self, disbursement: Disbursement, bill: Bill) -> None:
        """Write a payment order."""
        ...


class BranchFiles(IncomingFiles, OutgoingFiles, Protocol):
    """Both."""
