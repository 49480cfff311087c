"""Counts the requests that aiokafka's clients in this process send to Kafka, by the name of the API.

Heartbeats and fetches that bring nothing are left out: how many there are depends on how long something takes.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from aiokafka.conn import AIOKafkaConnection

_TIMED = frozenset({"Heartbeat", "ApiVersion", "ApiVersions"})


@contextlib.contextmanager
def counted_requests() -> Iterator[Counter[str]]:
    """Count while the block lasts. Raises ImportError if aiokafka sends in another way than this knows."""
    counted: Counter[str] = Counter()
    original = getattr(AIOKafkaConnection, "send", None)
    if original is None:
        raise ImportError("aiokafka's connections send in another way; look at tests/gate/requests.py.")

    def send(connection: Any, request: Any, expect_response: bool = True) -> Any:
        return _seen(original(connection, request, expect_response), type(request).__name__.removesuffix("Request"))

    async def _seen(answering: Any, api: str) -> Any:
        if api != "Fetch" and api not in _TIMED:
            counted[api] += 1
        answer = await answering
        if api == "Fetch" and _brings_records(answer):
            counted[api] += 1
        return answer

    AIOKafkaConnection.send = send
    try:
        yield counted
    finally:
        AIOKafkaConnection.send = original


def _brings_records(answer: Any) -> bool:
    return any(partition[-1] for _, partitions in answer.topics for partition in partitions)
