"""What a writer repeats in every header is checked once: the short way to the attributes of a record.

Whatever is not written exactly as the relay writes it is left to `shared.messaging.headers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.spec import Catalogue
from shared.ids import fast_uuid, fast_uuids
from shared.messaging.envelope import Headers
from shared.messaging.headers import Attributes, Limits, Origin, check_origin, checked

# As `HeaderWriter` writes them: what is the same for every event of a topic comes first.
_FIXED = 5
_KEPT = 256


class HeaderCache:
    """Headers of the topics in ``catalogue``."""

    def __init__(self, catalogue: Catalogue, limits: Limits) -> None:
        self._catalogue = catalogue
        self._limits = limits
        # At most one entry per topic and owner: a foreign origin raises and is not kept.
        self._origins: dict[tuple[str, bytes | None, bytes | None, bytes | None], Origin] = {}
        self._fixed: dict[str, tuple[Any, Origin]] = {}
        self._moments: dict[bytes, datetime] = {}
        self._traces: dict[bytes, str] = {}

    def recognise(self, topic: str, headers: Headers, key: bytes, latest: datetime) -> Attributes | None:
        """The attributes of a record as the relay writes it, of parts that were checked before; else None."""
        known = self._fixed.get(topic)
        if known is None or len(headers) not in (_FIXED + 3, _FIXED + 4) or headers[:_FIXED] != known[0]:
            return None
        (name, event_id), (name_of_time, time), (name_of_subject, subject) = headers[_FIXED : _FIXED + 3]
        if name != "ce_id" or name_of_time != "ce_time" or name_of_subject != "ce_subject" or subject != key:
            return None
        trace: str | None = None
        if len(headers) > _FIXED + 3:
            name, value = headers[-1]
            trace = self._traces.get(value) if name == "traceparent" and value is not None else None
            if trace is None:
                return None
        occurred_at = self._moments.get(time) if time is not None else None
        if occurred_at is None or occurred_at > latest or event_id is None:
            return None
        try:
            return Attributes(fast_uuid(event_id.decode()), known[1], occurred_at, trace)
        except ValueError:
            return None

    def recognise_all(
        self, topic: str, headers: Sequence[Headers], keys: Sequence[bytes], latest: datetime
    ) -> tuple[Attributes, list[UUID]] | None:
        """`recognise` for many records of one moment and trace: the attributes of the first, and the id of each.

        None where one of them is not as the relay writes it, or of parts that were not checked before.
        """
        first = self.recognise(topic, headers[0], keys[0], latest)
        if first is None:
            return None
        count = len(headers)
        columns = list(zip(*headers, strict=True))  # as many in each: the caller has counted
        fixed = [column.count(pair) for column, pair in zip(columns, headers[0][:_FIXED], strict=False)]
        names, written = zip(*columns[_FIXED], strict=True)
        names_of_subject, subjects = zip(*columns[_FIXED + 2], strict=True)
        alike = (*fixed, *(column.count(column[0]) for column in (columns[_FIXED + 1], *columns[_FIXED + 3 :])))
        if alike.count(count) != len(alike) or names.count("ce_id") != count:
            return None
        if names_of_subject.count("ce_subject") != count or subjects != tuple(keys):
            return None
        try:
            event_ids = fast_uuids(b",".join(written).decode().split(","))
        except (TypeError, ValueError):
            return None
        return (first, event_ids) if len(event_ids) == count else None

    def check(self, headers: Headers) -> dict[str, bytes]:
        """The headers by name. Raises UnreadableError where one of them cannot be read."""
        return checked(headers, self._limits)

    def origin(self, topic: str, headers: Mapping[str, bytes]) -> Origin:
        """Who wrote it and which event it is. Raises UnreadableError, and KeyError for a topic of no catalogue."""
        written = (topic, headers.get("ce_type"), headers.get("ce_source"), headers.get("ce_dataschema"))
        known = self._origins.get(written)
        if known is None:
            known = self._origins[written] = check_origin(headers, self._catalogue.topic(topic))
        return known

    def learn(self, topic: str, headers: Headers, attributes: Attributes) -> None:
        """Recognise the parts of ``headers``, which were read as ``attributes``, from now on."""
        names = [name for name, _ in headers]
        if names[:_FIXED] != ["content-type", "ce_specversion", "ce_type", "ce_source", "ce_dataschema"]:
            return
        found = dict(headers)
        self._fixed[topic] = (headers[:_FIXED], attributes.origin)
        self._keep(self._moments, found.get("ce_time"), attributes.occurred_at)
        self._keep(self._traces, found.get("traceparent"), attributes.traceparent)

    @staticmethod
    def _keep(kept: dict[bytes, Any], written: bytes | None, value: datetime | str | None) -> None:
        if written is None or value is None:
            return
        if len(kept) >= _KEPT:
            kept.clear()
        kept[written] = value
