"""Keeps an answer that cannot be read for one partition from costing the events of the others.

aiokafka's `getmany` goes through the partitions one by one and moves each position as it goes. When it raises for a
damaged answer (checksum, compression), what it has taken from the others is gone and their positions stay behind it:
the next commit would pass events that nobody has seen. Here nothing raises: such a partition gives what is sound, then
rests and is fetched again, in sight of the log and the lag. Large events are taken in small bites.
"""

from __future__ import annotations

import time
from typing import Any

import aiokafka.consumer.fetcher as aiokafka_fetcher
import structlog
from aiokafka.consumer.fetcher import FetchResult

log = structlog.get_logger(__name__)

REST_S = 5.0
# Unpacked bodies taken from one partition at once, about; an answer of 2 MB may unpack to hundreds.
PARTITION_BYTES = 8 * 1024 * 1024


class NoticingFetchResult(FetchResult):  # type: ignore[misc] # aiokafka has no types
    """aiokafka's buffered answer for one partition, whose position moves only past records that are handed over."""

    _partition_records: Any
    _rests_until: float | None = None

    def getall(self, max_records: int | None = None) -> list[Any]:
        """At most ``max_records`` records of about `PARTITION_BYTES`; fewer where the answer is damaged, none while
        the partition rests.
        """
        if self._rests_until is not None or not self.check_assignment(self._topic_partition) or not self.has_more():
            return []
        taken: list[Any] = []
        size = 0
        try:
            for record in self._partition_records:
                taken.append(record)
                size += record.serialized_value_size
                if size >= PARTITION_BYTES or (max_records is not None and len(taken) >= max_records):
                    break
            else:
                self._update_position()
                self._partition_records = None
                return taken
        except Exception:
            topic, partition = self._topic_partition
            log.exception("partition_unreadable", topic=topic, partition=partition)
            if not taken:
                self._rests_until = time.monotonic() + REST_S
                return []
            self._update_position()
            self._partition_records = None
            return taken
        self._update_position()
        return taken

    def has_more(self) -> bool:
        """Whether the answer is kept; after that the partition is fetched again from its position."""
        if self._rests_until is not None:
            return time.monotonic() < self._rests_until
        return bool(super().has_more())


def install() -> None:
    """Make aiokafka's consumers in this process notice damaged answers. Raises if aiokafka has changed."""
    if aiokafka_fetcher.FetchResult not in (FetchResult, NoticingFetchResult):
        raise ImportError("aiokafka's fetcher keeps answers in another way; look at consume/damaged_fetch.py.")
    aiokafka_fetcher.FetchResult = NoticingFetchResult
