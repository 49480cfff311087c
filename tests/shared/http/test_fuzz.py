"""Schemathesis sends what the description allows and what it forbids to the demonstration app: no 500, no surprise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from shared.database import Database
from shared.http import TokenVerifier
from tests.shared.http import demo
from tests.shared.http.conftest import served

CASES_PER_OPERATION = 20


def unfit_checks(case: Any) -> list[Any]:
    """Checks that cannot know better: a cursor's form says nothing of where it is from; multipart knows no types."""
    unfit = [positive_data_acceptance] if "cursor" in (case.query or {}) else []
    return [*unfit, negative_data_rejection] if case.operation.path == "/uploads" else unfit


def fuzz(base: str, headers: dict[str, str], counts: dict[str, int]) -> None:
    """Send cases for every operation; counts them and the answers by status. Raises on the first surprise."""
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=CASES_PER_OPERATION,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def send(case: Any) -> None:
                key = (case.headers or {}).get("Idempotency-Key")
                own = headers if key is None else {name: headers[name] for name in headers if name != "Idempotency-Key"}
                answer = case.call_and_validate(base_url=base, headers=own, excluded_checks=unfit_checks(case))
                counts["cases"] = counts.get("cases", 0) + 1
                counts[str(answer.status_code)] = counts.get(str(answer.status_code), 0) + 1

            if mode is GenerationMode.POSITIVE or "parameters" in operation.definition.raw or operation.body:
                send()


async def test_no_surprise(database: Database, verifier: TokenVerifier, bearer: Callable[..., dict[str, str]]) -> None:
    counts: dict[str, int] = {}
    async with served(demo.build(database, verifier)) as base:
        await asyncio.to_thread(fuzz, base, bearer("everywhere"), counts)
    assert counts["cases"] >= 150
    assert {"200", "201", "404", "422"} <= counts.keys()
    assert not any(status.startswith("5") for status in counts)
