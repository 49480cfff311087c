"""Writes many events that differ in their identifiers only, at a few microseconds each.

A month run says the same of thousands of workers: same month, same amounts, other identifiers. So one event is
checked and written in full, its body is cut at the identifiers, and each further body is joined from the pieces.
Identifiers cannot break a contract: no check of an event reads them (a test holds that).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from shared.contracts.base import Event

# Stand in a template for an identifier, and between templates. JSON has no such characters: it escapes them.
HOLE: Final = b"\x00"
JOINT: Final = b"\x01"
# Version 0: no identifier of ours is one of these.
_MARKS = tuple(UUID(int=0xA11CE << 64 | number) for number in range(16))


class EventTemplate:
    """``exemplar`` with holes at the ``fields`` that hold identifiers, the key among them.

    ``template`` is its body with a `HOLE` at each of them; ``order`` tells for each hole the place of its identifier
    in a row, ``key_hole`` which of them is the key. Raises ValueError where a field holds no identifier or the body
    does not show it exactly once: a fault of the program, found in tests.
    """

    __slots__ = ("_format", "_key_place", "event_type", "key_hole", "order", "template")

    def __init__(self, exemplar: Event, fields: Sequence[str]) -> None:
        self.event_type = type(exemplar)
        name = self.event_type.__name__
        if exemplar.KEY_FIELD not in fields:
            raise ValueError(f"Name the key {exemplar.KEY_FIELD} too: a copy of {name} is another one's event.")
        if strangers := [field for field in fields if not isinstance(getattr(exemplar, field), UUID)]:
            raise ValueError(f"{name}.{strangers[0]} is no identifier; copies differ only in those.")
        marks = dict(zip(fields, _MARKS, strict=False))
        template = exemplar.model_copy(update=marks).to_json_bytes()
        spelled = {field: str(mark).encode() for field, mark in marks.items()}
        if len(marks) != len(fields) or any(template.count(text) != 1 for text in spelled.values()):
            raise ValueError(f"{name} does not show each of {', '.join(fields)} exactly once.")
        if HOLE in template or JOINT in template:
            raise ValueError(f"{name} is not written as JSON.")
        self.order = tuple(sorted(range(len(fields)), key=lambda place: template.index(spelled[fields[place]])))
        self._key_place = list(fields).index(exemplar.KEY_FIELD)
        self.key_hole = self.order.index(self._key_place)
        for text in spelled.values():
            template = template.replace(text, HOLE)
        self.template = template
        self._format = as_format(template)

    def key(self, row: tuple[UUID, ...]) -> str:
        """The key of the event of ``row``, which has the identifiers in the order of ``fields``."""
        return str(row[self._key_place])

    def body(self, row: tuple[UUID, ...]) -> bytes:
        """The body of the event of ``row``."""
        return self._format % tuple([str(row[place]).encode() for place in self.order])

    def check(self, row: tuple[UUID, ...]) -> int:
        """Read the event of ``row`` as a reader would; gives the length of every body in bytes.

        Raises pydantic's ValidationError if it is no event.
        """
        body = self.body(row)
        self.event_type.from_json_bytes(body)
        return len(body)


def as_format(template: bytes) -> bytes:
    """``template`` as Python's ``%`` fills it, with one spelled identifier for each hole."""
    return template.replace(b"%", b"%%").replace(HOLE, b"%b")
