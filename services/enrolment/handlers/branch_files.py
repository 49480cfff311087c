"""What handlers want of the files that are exchanged with BPJS; `adapters/exchange.py` does it with a folder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from services.enrolment.rules.answers import Answer


class IncomingFiles(Protocol):
    """Files from BPJS."""

    async def waiting(self) -> list[str]:
        """The names of those that were not put away yet, in order."""
        ...

    async def digest(self, name: str) -> str | None:
        """The SHA-256 of a file's content; None if it is gone or cannot be read now.

        A file that never can be read (too large, no file) has a text instead that is its own and hides its name.
        """
        ...

    async def put_away(self, name: str, *, is_refused: bool) -> None:
        """Move a file away whose effect is committed; one that cannot be moved holds up no other."""
        ...

    async def read_answers(self, name: str) -> list[Answer]:
        """What a file of answers says.

        Raises:
            AnswerFileRefusedError: it cannot be used as a whole.
            FileNotFoundError: somebody has taken it away meanwhile.
        """
        ...


class OutgoingFiles(Protocol):
    """Files for BPJS."""

    async def write_list(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Write a list of members, whole; ``rows`` are worked out in the thread that writes."""
        ...
