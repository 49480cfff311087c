"""What notification does not keep of the grammar yet, by rule."""

from __future__ import annotations

NOT_YET: dict[str, tuple[str, ...]] = {
    "no-positional-rows": ("store/delivery.py",),
    "service-shape": (
        "http/access.py",
        "http/answers.py",
        "http/bodies.py",
        "http/problems.py",
        "http/router.py",
        "rules/rulebook.py",
        "store/facts.py",
    ),
    "store-by-subject": (
        "checks.py",
        "handlers/contacts.py",
        "handlers/delivery.py",
        "handlers/notices.py",
        "http.py",
        "jobs/delivery.py",
    ),
    "unit-of-work-first": ("handlers/contacts.py",),
}
