"""What subsidy does not keep of the grammar yet, by rule."""

from __future__ import annotations

NOT_YET: dict[str, tuple[str, ...]] = {
    "no-positional-rows": ("store/contributions.py",),
    "service-shape": (
        "http/access.py",
        "http/answers.py",
        "http/router.py",
    ),
}
