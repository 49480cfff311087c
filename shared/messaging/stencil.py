"""Writes many events that differ in their identifiers only, at a few microseconds each.

A month run says the same of thousands of workers: same month, same amounts, other identifiers. So one event is
checked and written in full, its body is cut at the identifiers, and each further body is joined from the pieces.
Identifiers cannot break a contract: no check of an event reads them (a test holds that).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.base import Event

# Version 0: no identifier of ours is one of these.
_MARKS = tuple(UUID(int=0xA11CE << 64 | number) for number in range(16))


class Stencil:
    """``exemplar`` with holes at the ``fields`` that hold identifiers, the key among them.

    Raises ValueError where a field holds no identifier or the body does not show it exactly once: a fault of the
    program, found in tests.
    """

    __slots__ = ("_event_type", "_key_place", "_order", "_template")

    def __init__(self, exemplar: Event, fields: Sequence[str]) -> None:
        self._event_type = type(exemplar)
        name = self._event_type.__name__
        if exemplar.KEY_FIELD not in fields:
            raise ValueError(f"Name the key {exemplar.KEY_FIELD} too: a copy of {name} is another one's event.")
        if strangers := [field for field in fields if not isinstance(getattr(exemplar, field), UUID)]:
            raise ValueError(f"{name}.{strangers[0]} is no identifier; copies differ only in those.")
        marks = dict(zip(fields, _MARKS, strict=False))
        body = exemplar.model_copy(update=marks).to_json_bytes().decode()
        if len(marks) != len(fields) or any(body.count(str(mark)) != 1 for mark in marks.values()):
            raise ValueError(f"{name} does not show each of {', '.join(fields)} exactly once.")
        self._key_place = list(fields).index(exemplar.KEY_FIELD)
        self._order = sorted(range(len(fields)), key=lambda place: body.index(str(marks[fields[place]])))
        self._template = body.replace("%", "%%")
        for mark in marks.values():
            self._template = self._template.replace(str(mark), "%s")

    def key(self, row: tuple[UUID, ...]) -> str:
        """The key of the event of ``row``, which has the identifiers in the order of ``fields``."""
        return str(row[self._key_place])

    def body(self, row: tuple[UUID, ...]) -> bytes:
        """The body of the event of ``row``."""
        return (self._template % tuple([str(row[place]) for place in self._order])).encode()

    def check(self, row: tuple[UUID, ...]) -> int:
        """Read the event of ``row`` as a reader would; gives the length of every body in bytes.

        Raises pydantic's ValidationError if it is no event.
        """
        body = self.body(row)
        self._event_type.from_json_bytes(body)
        return len(body)
