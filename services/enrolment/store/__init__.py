"""All SQL of enrolment, by subject."""

from services.enrolment.store import (
    cases,
    check_lists,
    checks,
    cover,
    facts,
    files,
    grants,
    group_lists,
    groups,
    lapse,
    members,
    people,
    roster_rows,
    rosters,
    summary,
    workers,
)

__all__ = [
    "cases",
    "check_lists",
    "checks",
    "cover",
    "facts",
    "files",
    "grants",
    "group_lists",
    "groups",
    "lapse",
    "members",
    "people",
    "roster_rows",
    "rosters",
    "summary",
    "workers",
]
