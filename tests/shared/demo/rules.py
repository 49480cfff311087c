"""What may be put into a booklet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filled:
    """A booklet after an addition: how many stamps it holds, and how many are still missing."""

    stamps: int
    missing: int


class TooManyStampsError(Exception):
    """The stamps do not fit into the booklet; ``room`` do."""

    def __init__(self, room: int) -> None:
        super().__init__(room)
        self.room = room


def add(stamps_before: int, stamps: int, per_booklet: int) -> Filled:
    """Put ``stamps`` into a booklet that holds ``stamps_before`` of ``per_booklet``. Raises TooManyStampsError."""
    room = per_booklet - stamps_before
    if stamps > room:
        raise TooManyStampsError(room)
    return Filled(stamps_before + stamps, room - stamps)
