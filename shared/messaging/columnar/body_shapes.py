"""Reads bodies that differ in their identifiers only without checking the same text a million times.

A month writes the same body for every worker but for the identifiers. What a body has beside them is its shape. When
a shape was read in full before, the next body of it is that event with the new identifiers. Shapes are compared byte
by byte, so nothing passes that full reading would refuse; identifiers are read each time, and no check of an event
looks at them (a test holds that). Anything unusual is read in full.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import compress
from operator import itemgetter
from uuid import UUID

from shared.contracts.base import Event
from shared.ids import fast_uuid
from shared.messaging.columnar.event_groups import with_identifiers

# As `str(uuid)` writes it. Other spellings are a part of the shape, which then never comes again.
_IDENTIFIER = re.compile(rb'(?<=")[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=")')
_NAME_BEFORE = re.compile(rb'"([a-z_]+)":\s*"\Z')
_SHAPES_KEPT = 1024
_LAYOUTS_KEPT = 4

Parts = Callable[[bytes], tuple[bytes, ...]]


class BodyShape:
    """What events have in common: ``event`` is one of them, ``names`` are the fields that differ, in order."""

    __slots__ = ("event", "key_place", "names")

    def __init__(self, event: Event, names: tuple[str, ...]) -> None:
        self.event = event
        self.names = names
        self.key_place = names.index(event.KEY_FIELD)


class Layout:
    """Where bodies of one length differ, and the shapes that were seen there.

    ``rest`` gives what a body has beside its identifiers, by which ``shapes`` are kept; ``identifiers`` gives those.
    """

    __slots__ = ("identifiers", "places", "rest", "shapes")

    def __init__(self, spans: list[tuple[int, int]], length: int) -> None:
        edges = [0, *(edge for span in spans for edge in span), length]
        self.places = [slice(*span) for span in spans]
        self.rest: Parts = itemgetter(*(slice(*pair) for pair in zip(edges[::2], edges[1::2], strict=True)))
        only = self.places[0]  # of one place alone `itemgetter` would give the text and no tuple of it
        self.identifiers: Parts = itemgetter(*self.places) if len(spans) > 1 else lambda body: (body[only],)
        self.shapes: dict[tuple[bytes, ...], BodyShape] = {}


class BodyShapes:
    """Shapes of bodies that were read in full."""

    __slots__ = ("_count", "_layouts", "_seen")

    def __init__(self) -> None:
        self._layouts: dict[tuple[type[Event], int], list[Layout]] = {}
        self._count = 0
        self._seen: dict[int, list[bytes]] = {}

    def recognise(self, body: bytes, event_type: type[Event], key: bytes) -> Event | None:
        """The event of ``body`` if its shape is known and its key is ``key``; None means: read it in full."""
        for layout in self.layouts(event_type, len(body)):
            shape = layout.shapes.get(layout.rest(body))
            if shape is None:
                continue
            written = layout.identifiers(body)
            if written[shape.key_place] != key:
                return None
            try:
                texts = list(map(bytes.decode, written))
                identifiers = list(map(fast_uuid, texts))
            except ValueError:  # UnicodeDecodeError is one
                return None
            if list(map(str, identifiers)) != texts:
                return None
            return with_identifiers(shape.event, shape.names, identifiers)
        return None

    def layouts(self, event_type: type[Event], length: int) -> Sequence[Layout]:
        """The layouts of bodies of ``length`` bytes, to be asked in this order."""
        return self._layouts.get((event_type, length), ())

    def learn(self, body: bytes, event: Event) -> None:
        """Keep the shape of ``body``, read in full as ``event``, if it comes a second time.

        Of many events every body has a shape of its own.
        """
        spans = [found.span() for found in _IDENTIFIER.finditer(body)]
        if not spans:
            return
        identifiers = [body[start:end] for start, end in spans]
        mark = hash((type(event), len(body), *_IDENTIFIER.split(body)))
        before = self._seen.get(mark)
        if before is None:
            if len(self._seen) >= 8 * _SHAPES_KEPT:
                self._seen.clear()
            self._seen[mark] = identifiers
            return
        names = _names(body, spans, event)
        if names is None or event.KEY_FIELD not in names or len(before) != len(names):
            return
        # What was the same twice, such as a funding line, is a part of the shape; the key never is.
        differs = [
            now != then or name == event.KEY_FIELD for now, then, name in zip(identifiers, before, names, strict=True)
        ]
        self._keep(body, event, list(compress(spans, differs)), tuple(compress(names, differs)))

    def _keep(self, body: bytes, event: Event, spans: list[tuple[int, int]], names: tuple[str, ...]) -> None:
        if self._count >= _SHAPES_KEPT:
            self._layouts.clear()
            self._count = 0
        layouts = self._layouts.setdefault((type(event), len(body)), [])
        layout = Layout(spans, len(body))
        known = next((each for each in layouts if each.places == layout.places), None)
        if known is None:
            layouts.insert(0, layout)
            del layouts[_LAYOUTS_KEPT:]
        (known or layout).shapes[layout.rest(body)] = BodyShape(with_identifiers(event, (), ()), names)
        self._count += 1


def _names(body: bytes, spans: list[tuple[int, int]], event: Event) -> list[str] | None:
    """The fields that the identifiers of ``body`` belong to, in order; None where that is not beyond doubt."""
    if b"\\" in body:  # without escapes a text holds no quote and each name is written as it is
        return None
    names: list[str] = []
    for start, end in spans:
        found = _NAME_BEFORE.search(body, max(0, start - 80), start)
        name = found[1].decode() if found else ""
        value = event.__dict__.get(name)
        if not isinstance(value, UUID) or str(value) != body[start:end].decode():
            return None
        if name in names or body.count(b'"' + name.encode() + b'"') != 1:
            return None
        names.append(name)
    return names
