"""A web page that somebody visits cannot use up the local issuer's keys."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.shared.http.test_issuer import make


@pytest.mark.parametrize("said", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_a_page_cannot_rotate_the_keys(tmp_path: Path, said: dict[str, str]) -> None:
    issuer = make(tmp_path)
    before = issuer.keys.signing_key.kid
    async with httpx.AsyncClient(transport=httpx.ASGITransport(issuer.app()), base_url="http://127.0.0.1:8099") as page:
        assert (await page.post("/rotate", headers=said)).status_code == 403
        assert issuer.keys.signing_key.kid == before
        assert (await page.post("/rotate")).status_code == 200
    assert issuer.keys.signing_key.kid != before
