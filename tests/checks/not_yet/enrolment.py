"""What enrolment does not keep of the grammar yet, by rule."""

from __future__ import annotations

NOT_YET: dict[str, tuple[str, ...]] = {
    "service-shape": (
        "http/access.py",
        "http/answers.py",
        "http/bodies.py",
        "http/router.py",
        "rules/rulebook.py",
        "store/checks.py",
    ),
    "store-by-subject": (
        "handlers/failing.py",
        "checks.py",
        "handlers/answers.py",
        "handlers/check_lists.py",
        "handlers/contributions.py",
        "handlers/desk.py",
        "handlers/groups.py",
        "handlers/lapse.py",
        "handlers/reading.py",
        "handlers/registering.py",
        "handlers/registration.py",
        "handlers/rosters.py",
        "handlers/subsidies.py",
        "http/results.py",
        "http/routes.py",
    ),
    "unit-of-work-first": ("handlers/reading.py",),
}
