"""All SQL of subsidy, one module per subject: ``store.funding.lock(...)``, ``store.ledger.post(...)``."""

from services.subsidy.store import (
    bills,
    candidates,
    cases,
    checks,
    confirmations,
    contributions,
    decrees,
    disbursements,
    facts,
    files,
    funding,
    ledger,
    runs,
    summary,
    workers,
)

__all__ = [
    "bills",
    "candidates",
    "cases",
    "checks",
    "confirmations",
    "contributions",
    "decrees",
    "disbursements",
    "facts",
    "files",
    "funding",
    "ledger",
    "runs",
    "summary",
    "workers",
]
