"""The folder of files to and from BPJS: what lies there, what it says, and where it goes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Final

import structlog

from services.enrolment.rules.answers import ANSWER_COLUMNS, Answer, AnswerFileRefusedError, parse_answers
from shared.exchange import Exchange, ExchangeError, RecordReader, RecordsError, write_records

log = structlog.get_logger(__name__)

LIST_COLUMNS: Final = (
    "worker_ref", "nik", "name", "birth_date", "sex", "regency_code", "occupation_code", "programmes", "income_band",
    "first_month",
)  # fmt: skip
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
_ROWS_AT_ONCE: Final = 5_000


class BranchFolder:
    """The exchange folder. Every method waits for the disk in a thread."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def waiting(self) -> list[str]:
        """The names of files that lie there to be taken, in order."""
        return list(await asyncio.to_thread(self._exchange.incoming))

    async def digest(self, name: str) -> str | None:
        """The SHA-256 of a file's content, or a text instead where it never can be read; None if it cannot be now."""
        try:
            return await asyncio.to_thread(self._exchange.digest, name, max_bytes=MAX_FILE_BYTES)
        except FileNotFoundError:
            return None
        except ExchangeError:
            return f"unread-{hashlib.sha256(name.encode()).hexdigest()}"
        except OSError as error:
            log.warning("file_cannot_be_read_now", file=name, error_type=type(error).__name__)
            return None

    async def put_away(self, name: str, *, is_refused: bool) -> None:
        """Move a file away whose effect is committed; one that cannot be moved holds up no other."""
        try:
            await asyncio.to_thread(self._exchange.archive, name, refused=is_refused)
        except OSError as error:
            log.warning("file_cannot_be_moved", file=name, error_type=type(error).__name__)

    async def read_answers(self, name: str) -> list[Answer]:
        """What a file of answers says. Raises AnswerFileRefusedError, FileNotFoundError."""
        return await asyncio.to_thread(self._read_answers, name)

    def _read_answers(self, name: str) -> list[Answer]:
        answers: list[Answer] = []
        try:
            with self._exchange.open(name, max_bytes=MAX_FILE_BYTES) as file:
                reader = RecordReader(file, ANSWER_COLUMNS)
                while not reader.ended:
                    rows = reader.read(_ROWS_AT_ONCE)
                    answers += parse_answers([dict(zip(ANSWER_COLUMNS, row, strict=True)) for row in rows])
        except ExchangeError as error:
            raise AnswerFileRefusedError(error.reason) from None
        except RecordsError:
            raise AnswerFileRefusedError("form-broken") from None
        return answers

    async def write_list(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Write a list of members, whole; ``rows`` are worked out in the thread that writes."""
        await asyncio.to_thread(lambda: self._exchange.write(name, write_records(LIST_COLUMNS, rows)))
