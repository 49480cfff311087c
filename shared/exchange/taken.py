"""A file is taken once. What it is, is told by its name and its content's SHA-256 together.

The same file may be put down again (by a sender who is not sure, or because a process died before it was moved away),
and a name may be used again for something else, which is a sender's mistake that nobody may overlook. Each service
keeps a table of files of its own, and decides by this one function.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

REFUSED: Final = "refused"
"""The state of a file that was not taken, in every service; whatever other states there are is a service's own."""


class Coming(StrEnum):
    """What a file is that lies in the folder."""

    NEW = "new"
    """Nothing came under its name: take it."""
    AGAIN = "again"
    """This very file was taken or refused before: only put it away."""
    NAME_REUSED = "name-used-for-other-content"
    """Other content came under its name: refuse it. The value is the reason that is recorded and shown."""


def coming(content_sha256: str, contents_before: Collection[str]) -> Coming:
    """What a file is under whose name ``contents_before`` (SHA-256 as hex) came, a file that is new among none."""
    if content_sha256 in contents_before:
        return Coming.AGAIN
    return Coming.NAME_REUSED if contents_before else Coming.NEW
