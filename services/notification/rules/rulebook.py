"""The tables that decide, read once when the program starts and handed to whoever decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notification.rules.quiet_hours import QuietHours, load_quiet_hours
from services.notification.rules.templates import Templates, load_templates


@dataclass(frozen=True, slots=True)
class Rulebook:
    """In which words people are told, and when they are left in peace."""

    templates: Templates
    quiet_hours: Sequence[QuietHours]


def load_rulebook() -> Rulebook:
    """Read all tables.

    Raises:
        ValueError: naming the file and what to correct, so that a wrong wording stops the program at its start.
    """
    return Rulebook(load_templates(), load_quiet_hours())
