"""A broker's storage can be formatted whatever chance draws."""

from __future__ import annotations

from uuid import UUID

from deploy.local.kafka.server import cluster_id


def test_an_identifier_that_looks_like_an_option_is_drawn_again() -> None:
    draws = iter([UUID(bytes=b"\xf8" + bytes(15)), UUID(bytes=b"\xfb" + bytes(15)), UUID(bytes=b"\x01" + bytes(15))])
    assert cluster_id(lambda: next(draws)) == "AQAAAAAAAAAAAAAAAAAAAA"
