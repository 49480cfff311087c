"""Keeps one hostile header name from stopping a partition for ever.

aiokafka decodes header *names* as UTF-8 while it unpacks a batch; a name that is no UTF-8 raises out of the poll, again
and again, before our intake sees anything. Here such a batch is unpacked once more, slowly, with the bad bytes marked
(surrogates), so that the intake parks that one record and its neighbours are read.

It replaces one class inside aiokafka's fetcher (pinned below 0.15); the conformance suite sends such a record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import aiokafka.consumer.fetcher as aiokafka_fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

# Base offset (8 bytes), then the length of what follows (4 bytes): Kafka's record batch format, version 2.
_BATCH_HEAD = struct.Struct(">qi")


class _MarkingBytes(bytes):
    def decode(self, *_: Any) -> str:
        """Text in which bytes that are no UTF-8 become lone surrogates."""
        return super().decode("utf-8", "surrogateescape")


class _MarkingBuffer(bytearray):
    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _MarkingBytes(found) if isinstance(place, slice) else found


class _MarkingBatch(_DefaultRecordBatchPy):  # type: ignore[misc] # aiokafka has no types
    """aiokafka's own pure-Python reader over a buffer whose texts never fail to decode."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _MarkingBuffer(self._buffer)


class _TolerantBatch:
    def __init__(self, batch: Any, data: bytes) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        done = 0
        try:
            for record in self._batch:
                yield record
                done += 1
        except UnicodeDecodeError:
            for number, record in enumerate(_MarkingBatch(self._data)):
                if number >= done:
                    yield record


class TolerantRecords:
    """`MemoryRecords` whose batches survive header names that are no UTF-8. Same methods, same order."""

    def __init__(self, data: bytes) -> None:
        self._records = MemoryRecords(data)
        self._data = memoryview(data)
        self._place = 0

    def size_in_bytes(self) -> int:
        """Bytes of the whole answer."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether another whole batch is there."""
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        """The next batch, or None."""
        batch = self._records.next_batch()
        if batch is None:
            return None
        _, length = _BATCH_HEAD.unpack_from(self._data, self._place)
        end = self._place + _BATCH_HEAD.size + length
        data, self._place = bytes(self._data[self._place : end]), end
        return _TolerantBatch(batch, data)


def install() -> None:
    """Make aiokafka's consumers in this process read through `TolerantRecords`. Raises if aiokafka has changed."""
    if aiokafka_fetcher.MemoryRecords not in (MemoryRecords, TolerantRecords):
        raise ImportError(
            "aiokafka's fetcher reads records in another way; look at shared/messaging/consume/bad_header_names.py."
        )
    aiokafka_fetcher.MemoryRecords = TolerantRecords
