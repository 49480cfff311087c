"""The officers of the measurement: many people at many addresses, as the limits on requests demand, each with a token.

The limits (shared/http/rate_limit.py) stay as they are in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httpx

from benchmarks.contestant import BenchError
from deploy.sandbox.programme.people import Person

# A person may send ten requests a second for a minute on end.
OFFICERS: Final = 200


def make_officers() -> list[Person]:
    """People for the issuer's table."""
    return [Person(f"petugas-{number:03d}", ("enumerator",)) for number in range(OFFICERS)]


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who is signed in."""

    subject: str
    token: str


async def sign_in(issuer: str) -> list[Officer]:
    """A token for each. Raises BenchError."""
    officers = []
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for person in make_officers():
            form = {"grant_type": "client_credentials", "client_id": person.subject}
            answer = await http.post(f"{issuer}/token", data=form)
            if answer.status_code != 200:
                raise BenchError(f"The token issuer knows no {person.subject} (HTTP {answer.status_code}).")
            officers.append(Officer(person.subject, answer.json()["access_token"]))
    return officers
