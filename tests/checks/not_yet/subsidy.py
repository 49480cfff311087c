"""What subsidy does not keep of the grammar yet, by rule."""

from __future__ import annotations

NOT_YET: dict[str, tuple[str, ...]] = {
    "no-positional-rows": (
        "store/contributions.py",
        "store/verification/finder.py",
    ),
    "service-shape": (
        "http/access.py",
        "http/answers.py",
        "http/router.py",
        "store/checks.py",
    ),
    "store-by-subject": ("checks.py",),
    "unit-of-work-first": (
        "handlers/assessing.py",
        "handlers/bills.py",
        "handlers/cases.py",
        "handlers/confirming.py",
        "handlers/decrees.py",
        "handlers/disbursements.py",
        "handlers/exchange/incoming.py",
        "handlers/exchange/outgoing.py",
        "handlers/exchange/silence.py",
        "handlers/funding.py",
        "handlers/payments.py",
        "handlers/runs.py",
    ),
}
