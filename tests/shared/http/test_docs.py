"""The API page works without internet and under its own policy; the description is complete and fresh."""

from __future__ import annotations

import asyncio
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from shared.database import Database
from shared.http import TokenVerifier
from shared.http.openapi import as_openapi_3_0
from shared.http.problem_catalogue import STANDARD_PROBLEMS
from shared.http.problem_page import PAGE, render
from shared.http.problems import ProblemType, check_unique
from tests.shared.http import demo
from tests.shared.http.conftest import client_of, served

PROJECT = Path(__file__).parents[3]


class _Page(HTMLParser):
    """Collects what a page loads, and every place where it would run something inline."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        for name, value in attrs:
            if name in {"src", "href", "action", "data", "poster", "srcset"}:
                self.loads.append(value or "")
            if name.startswith("on") or name == "style":
                self.inline.append(f"{tag} {name}")

    def handle_data(self, data: str) -> None:
        if self._open in {"script", "style"} and data.strip():
            self.inline.append(data)
        self._open = "" if data.strip() else self._open


async def test_the_page_needs_nothing_from_elsewhere(unused_database: Database, verifier: TokenVerifier) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        answer = await client.get("/docs")
        page = _Page()
        page.feed(answer.text)
        assert len(page.loads) == 5
        assert page.inline == []
        for address in page.loads:
            assert not re.match(r"(?:[a-z]+:)?//", address)
            asset = await client.get(urljoin("/docs", address))
            assert asset.status_code == 200
            assert len(asset.content) > 100
            assert asset.headers["X-Content-Type-Options"] == "nosniff"
            if "css" in asset.headers["Content-Type"]:
                assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", asset.text)
        start = (await client.get("/docs/start.js")).text
        assert "//" not in start.replace("://", "")
        assert "http" not in start
        assert "validatorUrl: null" in start
        assert (await client.get("/docs/swagger-initializer.js")).status_code == 422


async def test_its_policy_allows_our_own_files_only(unused_database: Database, verifier: TokenVerifier) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        policy = (await client.get("/docs")).headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


async def test_a_browser_shows_it_under_its_policy(
    unused_database: Database, verifier: TokenVerifier, tmp_path: Path
) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("needs Debian's Chromium (`apt-get install chromium`) to open the page")
    app = demo.build(unused_database, verifier)
    async with served(app) as base:
        process = await asyncio.create_subprocess_exec(
            *(browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"),
            *("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--enable-logging=stderr", "--v=0"),
            *("--virtual-time-budget=8000", "--dump-dom", f"{base}/docs"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 90)
    document, messages = out.decode(), err.decode()
    assert "Content Security Policy" not in messages
    assert "Unable to render" not in document
    for shown in ("opblock-post", "/visits/{visit_id}/approval", "Kunjungan", "Authorize"):
        assert shown in document.replace("\u200b", "").replace("<wbr>", "")


async def test_the_description_is_complete(unused_database: Database, verifier: TokenVerifier) -> None:
    async with client_of(demo.build(unused_database, verifier)) as client:
        document: dict[str, Any] = (await client.get("/openapi.json")).json()
        for_page: dict[str, Any] = (await client.get("/docs/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "HTTPValidationError" not in str(document)
    register = document["paths"]["/visits"]["post"]
    key = next(parameter for parameter in register["parameters"] if parameter["name"] == "Idempotency-Key")
    assert key["required"] is True
    assert "Idempotency-Replayed" in register["responses"]["201"]["headers"]
    assert {"400", "401", "403", "409", "413", "422", "429", "500", "503"} <= register["responses"].keys()
    assert "visit-already-approved" in register["responses"]["409"]["description"]
    assert register["security"] == [{"bearer": []}]
    hello = document["paths"]["/hello"]["get"]
    assert "security" not in hello
    assert "401" not in hello["responses"]
    preview = document["paths"]["/previews"]["post"]
    assert all(parameter["name"] != "Idempotency-Key" for parameter in preview.get("parameters", []))
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(response["content"]) == ["application/problem+json"]
    assert for_page["openapi"] == "3.0.3"
    assert for_page["paths"].keys() == document["paths"].keys()


def test_the_page_form_has_nothing_that_only_3_1_knows() -> None:
    translated = as_openapi_3_0(
        {
            "openapi": "3.1.0",
            "schemas": {
                "maybe": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}], "title": "Id"},
                "several": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
                "linked": {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
                "fixed": {"const": "a"},
                "bounded": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 5},
                "shown": {"type": "string", "examples": ["a", "b"]},
                "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
            },
        }
    )
    assert translated["schemas"] == {
        "maybe": {"type": "string", "format": "uuid", "nullable": True, "title": "Id"},
        "several": {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        "linked": {"anyOf": [{"$ref": "#/x"}], "nullable": True},
        "fixed": {"enum": ["a"]},
        "bounded": {
            "type": "integer",
            "minimum": 0,
            "exclusiveMinimum": True,
            "maximum": 5,
            "exclusiveMaximum": True,
        },
        "shown": {"type": "string", "example": "a"},
        "pair": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
    }


def test_the_page_of_problems_is_fresh() -> None:
    written = (PROJECT / PAGE).read_text(encoding="utf-8")
    assert written == render(STANDARD_PROBLEMS), "Run `python -m shared.http.problem_page` and commit docs/problems.md."


def test_each_problem_says_what_to_do_in_both_languages() -> None:
    codes = [problem.code for problem in STANDARD_PROBLEMS]
    assert len(codes) == len(set(codes))
    for problem in STANDARD_PROBLEMS:
        assert problem.detail.endswith(".")
        assert problem.detail_en.endswith(".")
        assert problem.detail != problem.detail_en
        assert problem.status >= 400


def test_two_problems_may_not_share_a_code() -> None:
    other = ProblemType("not-found", 404, "a", "b", "c.", "d.")
    with pytest.raises(ValueError, match="not-found"):
        check_unique([*STANDARD_PROBLEMS, other])


async def test_the_page_is_not_framed_or_cached_as_data(unused_database: Database, verifier: TokenVerifier) -> None:
    async with served(demo.build(unused_database, verifier)) as base, httpx.AsyncClient(base_url=base) as client:
        page, asset = await client.get("/docs"), await client.get("/docs/swagger-ui.css")
    assert page.headers["X-Frame-Options"] == "DENY"
    assert asset.headers["Cache-Control"] == "public, max-age=3600"
