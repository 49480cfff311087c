"""How the programme stands: what each service counts, and the cases that a person has to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from deploy.programme.offices import Addresses, Offices, ProgrammeError
from deploy.programme.people import OPERATOR

MOST_CASES = 20


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
        found = await offices.get(OPERATOR, service, "/cases") if summary.get("cases") else {"items": []}
    except (ProgrammeError, httpx.TransportError) as error:
        return {"error": str(error) or type(error).__name__}
    return {"counts": summary, "cases": found["items"][:MOST_CASES]}


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
