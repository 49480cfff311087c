"""How the programme stands: what each service counts, and the cases that a person has to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from deploy.sandbox.programme.offices import Addresses, Offices, ProgrammeError
from deploy.sandbox.programme.people import COMPLIANCE, OPERATOR, VERIFIER

MOST_CASES = 100
# Who may see the cases of a service that are about people; operators may not.
_CASE_READERS = {"enrolment": VERIFIER, "compliance": COMPLIANCE}


async def ask(addresses: Addresses) -> dict[str, Any]:
    """By service, its counts and first cases; a service that does not answer has an ``error`` instead."""
    async with httpx.AsyncClient(trust_env=False, timeout=10.0) as http:
        offices = Offices(addresses, http, patience_s=2.0)
        names = list(addresses.services)
        answers = await asyncio.gather(*(_one(offices, name) for name in names))
    return dict(zip(names, answers, strict=True))


async def _one(offices: Offices, service: str) -> dict[str, Any]:
    try:
        summary = await offices.get(OPERATOR, service, "/summary")
        reader = _CASE_READERS.get(service, OPERATOR)
        query = {"limit": str(MOST_CASES)}
        found = await offices.get(reader, service, "/cases", **query) if summary.get("cases") else {"items": []}
    except (ProgrammeError, httpx.TransportError) as error:
        return {"error": str(error) or type(error).__name__}
    return {"counts": summary, "cases": [case for case in found["items"] if not case.get("closed_at")]}


def as_rows(standing: Mapping[str, Any]) -> list[tuple[str, str, object]]:
    """Service, what is counted, how many; nested counts are written with a dot, zeros within them left out."""
    rows: list[tuple[str, str, object]] = []
    for service, answer in standing.items():
        if "error" in answer:
            rows.append((service, "does not answer", answer["error"]))
            continue
        rows += [(service, name, count) for name, count in _flat("", answer["counts"])]
    return rows


def _flat(prefix: str, counts: Mapping[str, Any]) -> list[tuple[str, int]]:
    flat: list[tuple[str, int]] = []
    for name, value in counts.items():
        if isinstance(value, Mapping):
            flat += [(inner, count) for inner, count in _flat(f"{prefix}{name}.", value) if count]
        else:
            flat.append((f"{prefix}{name}", value))
    return flat


def case_rows(standing: Mapping[str, Any]) -> list[tuple[str, str, int, str, str]]:
    """Service, kind, how many (of the first `MOST_CASES`), one of them, and what to do."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for service, answer in standing.items():
        for case in answer.get("cases", ()):
            groups.setdefault((service, case["kind"]), []).append(case)
    return [
        (service, kind, len(cases), _subject(cases[0]), _advice(cases[0])) for (service, kind), cases in groups.items()
    ]


def _advice(case: Mapping[str, Any]) -> str:
    """What to do, as the service says it, Indonesian first; empty where an older service says nothing."""
    return f"{case['advice_id']} ({case['advice_en']})" if "advice_id" in case else ""


def _subject(case: Mapping[str, Any]) -> str:
    return str(case.get("subject") or case.get("reference") or case.get("payment_id") or "")
