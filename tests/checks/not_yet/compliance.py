"""What compliance does not keep of the grammar yet, by rule."""

from __future__ import annotations

NOT_YET: dict[str, tuple[str, ...]] = {
    "no-assert": (
        "handlers/assessment.py",
        "handlers/payments.py",
        "handlers/settling.py",
        "rules/book.py",
        "rules/lateness.py",
        "rules/matching.py",
        "rules/tariff.py",
    ),
    "no-positional-rows": ("store/money.py",),
    "service-shape": (
        "http/access.py",
        "http/answers.py",
        "http/bodies.py",
        "rules/rulebook.py",
        "store/facts.py",
    ),
    "store-by-subject": (
        "checks.py",
        "handlers/ageing.py",
        "handlers/assessment.py",
        "handlers/employers.py",
        "handlers/payments.py",
        "handlers/settling.py",
        "handlers/uploads.py",
        "handlers/wages.py",
        "http/files.py",
        "http/router.py",
    ),
}
