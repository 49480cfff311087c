"""The fingerprint of a multipart body is that of its content, however the network cuts it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.types import Message

from shared.http.body import BodyReader

BOUNDARIES = st.sampled_from(["aab", "xyx", "-----x", "----WebKitFormBoundaryQ"])


async def fingerprint(boundary: str, *chunks: bytes) -> bytes:
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting = iter([*messages, {"type": "http.request", "body": b""}])

    async def receive() -> Message:
        return next(waiting)

    headers = Headers({"content-type": f"multipart/form-data; boundary={boundary}"})
    reader = BodyReader(receive, headers, max_bytes=10**6, chunk_timeout_s=5)
    return await reader.fingerprint(b"a secret of the client")


@given(BOUNDARIES, st.data())
async def test_the_same_body_in_other_pieces_has_the_same_fingerprint(boundary: str, data: st.DataObject) -> None:
    pieces = [boundary, boundary[:1], boundary[1:], boundary[:2], "-", "\r\n--" + boundary, "q"]
    body = "".join(data.draw(st.lists(st.sampled_from(pieces), max_size=12))).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=3)))
    chunks = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert await fingerprint(boundary, *chunks) == await fingerprint(boundary, body)


async def test_a_cut_through_overlapping_boundaries_changes_nothing() -> None:
    chunks = (b"--\r\n--xyxxxyx", b"yxxq", b"-xy", b"xyx")
    assert await fingerprint("xyx", *chunks) == await fingerprint("xyx", b"".join(chunks))


async def test_a_body_that_holds_its_boundary_differs_from_one_without_it() -> None:
    assert await fingerprint("BB", b"--BB\r\n\r\n1BB2\r\n--BB--") != await fingerprint(
        "BB", b"--BB\r\n\r\n12\r\n--BB--"
    )


async def test_another_boundary_is_the_same_body() -> None:
    one, two = (b"--" + mark + b"\r\n\r\n1\r\n--" + mark + b"--" for mark in (b"first", b"second"))
    assert await fingerprint("first", one) == await fingerprint("second", two)
