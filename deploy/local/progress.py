"""What services say of their own progress: the checks behind the health answer `progressing` that are not well.

A process can be live and ready and still get nothing done; whoever looks at the state of a laptop sees it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Complaint:
    """A check that is not ok: whose, which, how bad (``warning`` or ``failed``), and what to do."""

    service: str
    check: str
    status: str
    advice: str

    @property
    def is_failure(self) -> bool:
        """Whether work does not get done; a warning is only worth a look."""
        return self.status == "failed"


def complaints(ops_addresses: Mapping[str, str]) -> list[Complaint]:
    """Ask each service. One that does not answer is left out: its process is shown as not healthy."""
    found: list[Complaint] = []
    with httpx.Client(trust_env=False, timeout=_TIMEOUT_S) as http:
        for service, address in ops_addresses.items():
            try:
                checks = http.get(f"{address}/health/progressing").json()["checks"]
            except (httpx.TransportError, ValueError, KeyError):
                continue
            found += [
                Complaint(service, check["name"], check["status"], check.get("advice", ""))
                for check in checks
                if check["status"] != "ok"
            ]
    return sorted(found, key=lambda one: (not one.is_failure, one.service, one.check))
