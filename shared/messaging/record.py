"""What we need of a Kafka record, and the hashes by which one is told from another."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Protocol

from shared.messaging.envelope import Headers


class RawRecord(Protocol):
    """What we need of a Kafka record; aiokafka's `ConsumerRecord` has it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


def body_hash(topic: str, body: bytes | None) -> int:
    """64 bits of BLAKE2b over topic and body, as PostgreSQL's signed bigint: what one identifier may stand for."""
    return _bigint(topic.encode() + b"\x00" + (body or b""))


def body_hashes(topic: str, bodies: Sequence[bytes]) -> list[int]:
    """`body_hash` of each of ``bodies``."""
    prefix, blake2b = topic.encode() + b"\x00", hashlib.blake2b
    digests = [blake2b(prefix + body, digest_size=8).digest() for body in bodies]
    return list(struct.unpack(f">{len(digests)}q", b"".join(digests)))


def record_hash(record: RawRecord) -> int:
    """64 bits of BLAKE2b over all that was written: a topic made anew has other records at the same offsets."""
    return _bigint(repr((record.key, record.value, list(record.headers))).encode("ascii", "backslashreplace"))


def _bigint(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)
