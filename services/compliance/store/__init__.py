"""All SQL of compliance, one file per subject. No loop over statements: one statement serves a whole file."""

from services.compliance.store import (
    accounts,
    assessment,
    cases,
    checks,
    contacts,
    contributions,
    employers,
    facts,
    files,
    late_notices,
    payments,
    reports,
    summary,
)

__all__ = [
    "accounts",
    "assessment",
    "cases",
    "checks",
    "contacts",
    "contributions",
    "employers",
    "facts",
    "files",
    "late_notices",
    "payments",
    "reports",
    "summary",
]
