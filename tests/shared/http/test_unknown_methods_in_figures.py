"""A method is a word of the caller's choice: it does not get into figures, spans and logs as it is."""

from __future__ import annotations

import pytest

from shared.database import Database
from shared.http import ServedRequest, TokenVerifier
from tests.shared.http import demo
from tests.shared.http.conftest import client_of

NIK = "NIK6472014101900001"


@pytest.mark.parametrize("path", ["/visits", "/nowhere"])
async def test_an_invented_method_is_observed_as_other(
    unused_database: Database, verifier: TokenVerifier, path: str
) -> None:
    seen: list[ServedRequest] = []
    async with client_of(demo.build(unused_database, verifier, observer=seen.append)) as client:
        answer = await client.request(NIK, path)
    assert answer.status_code in {404, 405}
    assert NIK not in answer.text
    assert [served.method for served in seen] == ["_OTHER"]
