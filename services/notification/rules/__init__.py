"""What is said, to whom, in which words, at which hours, and what follows from a hand-over. Pure: no I/O but tables.

The words and hours are data (``templates.csv``, ``quiet_hours.csv``), each row with its source and the day from which
it is in effect.
"""

from services.notification.rules.notices import PURPOSES, Notice, covered, employer_late, lapsing, paid, registered
from services.notification.rules.outcomes import Kind, Outcome, Patience, Step, step_after
from services.notification.rules.quiet_hours import QuietHours, is_quiet, load_quiet_hours, parse_quiet_hours
from services.notification.rules.templates import Template, Templates, TemplatesError, load_templates
from services.notification.rules.texts import Text, values_of

__all__ = [
    "PURPOSES",
    "Kind",
    "Notice",
    "Outcome",
    "Patience",
    "QuietHours",
    "Step",
    "Template",
    "Templates",
    "TemplatesError",
    "Text",
    "covered",
    "employer_late",
    "is_quiet",
    "lapsing",
    "load_quiet_hours",
    "load_templates",
    "paid",
    "parse_quiet_hours",
    "registered",
    "step_after",
    "values_of",
]
