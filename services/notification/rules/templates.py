"""The words of the messages as effective data: a new wording is a new row with its version and first day.

Placeholders are plain names in braces, checked at the start: a text that asks for something that its purpose does
not have stops the program, not the first message. Nothing in a text is executed, and what is filled in is never read
as a template again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Final

from services.notification.rules.states import Purpose
from services.notification.rules.texts import Text, name_text
from shared.reference import read_table

TEMPLATES_FILE: Final = Path(__file__).parent / "templates.csv"
LANGUAGES: Final = ("id", "en")
PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    Purpose.REGISTERED: frozenset({"name", "month", "registered_on"}),
    Purpose.COVERED: frozenset({"name", "month", "programmes", "enrolled_on"}),
    Purpose.PAID: frozenset({"name", "month", "programmes", "amount", "paid_on"}),
    Purpose.LAPSING: frozenset({"name", "month", "unpaid_months", "pay_by"}),
    Purpose.EMPLOYER_LATE: frozenset({"name", "month", "due_on", "as_of", "outstanding", "fine"}),
}
_COLUMNS: Final = (
    "template", "purpose", "language", "version", "effective_from", "subject", "text", "source", "confidence"
)  # fmt: skip
# Longer is cut into several parts by SMS and not read by people.
_LONGEST_TEXT: Final = 700


class TemplatesError(ValueError):
    """The table of templates cannot be used; ``safe_message`` names row and remedy."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.safe_message = sentence


@dataclass(frozen=True, slots=True)
class Template:
    """One wording: in effect from ``effective_from`` (WITA) until the next version's day."""

    template: str
    purpose: str
    language: str
    version: int
    effective_from: date
    subject: str
    text: str

    @property
    def place(self) -> str:
        """How it is named in sentences."""
        return f"{self.template}/{self.language} version {self.version}"

    def write(self, name: str, values: Mapping[str, str]) -> Text:
        """The message for ``name`` with `rules.values_of`."""
        filled = {**values, "name": name_text(name, self.language)}
        return Text(self.subject.format_map(filled), self.text.format_map(filled))


class Templates:
    """All wordings.

    Raises:
        TemplatesError: an unknown placeholder, a gap, or two versions that contradict.
    """

    def __init__(self, templates: Iterable[Template]) -> None:
        self._by_use: dict[tuple[str, str], list[Template]] = {}
        for template in templates:
            _check(template)
            self._by_use.setdefault((template.purpose, template.language), []).append(template)
        for purpose in Purpose:
            for language in LANGUAGES:
                self._check_versions(purpose, language)

    def _check_versions(self, purpose: str, language: str) -> None:
        versions = self._by_use.get((purpose, language))
        if not versions:
            raise TemplatesError(f"There is no text for {purpose} in {language}; add a row to {TEMPLATES_FILE.name}.")
        versions.sort(key=lambda template: template.version)
        for earlier, later in pairwise(versions):
            if earlier.version == later.version or later.effective_from <= earlier.effective_from:
                raise TemplatesError(f"{later.place} must have a number of its own and begin after {earlier.place}.")

    def choose(self, purpose: str, language: str, day: date) -> Template:
        """The wording in effect on ``day``, in Indonesian where the language is none of ours.

        Raises:
            TemplatesError: none was in effect yet.
        """
        versions = self._by_use[purpose, language if language in LANGUAGES else "id"]
        for template in reversed(versions):
            if template.effective_from <= day:
                return template
        raise TemplatesError(f"No text for {purpose} was in effect on {day}; the first begins later.")


def load_templates(path: Path = TEMPLATES_FILE) -> Templates:
    """Read the table.

    Raises:
        ValueError: a value is not of its kind; a TemplatesError where the words cannot be used.
    """
    return Templates(
        Template(
            row["template"],
            row["purpose"],
            row["language"],
            int(row["version"]),
            date.fromisoformat(row["effective_from"]),
            row["subject"],
            row["text"],
        )
        for row in read_table(path, _COLUMNS)
    )


def placeholders(text: str) -> Sequence[str]:
    """The names in braces.

    Raises:
        ValueError: braces are not closed, or hold anything but a plain name.
    """
    names = []
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError("a placeholder is a plain name in braces")
        names.append(name)
    return names


def _check(template: Template) -> None:
    allowed = PLACEHOLDERS.get(template.purpose)
    if allowed is None or template.language not in LANGUAGES or template.version < 1:
        raise TemplatesError(f"{template.place} has an unknown purpose, language or version; correct its row.")
    try:
        used = {*placeholders(template.subject), *placeholders(template.text)}
    except ValueError as error:
        raise TemplatesError(f"{template.place} cannot be read: {error}.") from None
    unknown = sorted(used - allowed)
    if unknown:
        raise TemplatesError(
            f"{template.place} asks for {', '.join(unknown)}, which a message of {template.purpose} does not have; "
            f"it has {', '.join(sorted(allowed))}."
        )
    if not template.subject or "\n" in template.subject or not 0 < len(template.text) <= _LONGEST_TEXT:
        raise TemplatesError(f"{template.place} needs a subject of one line and at most {_LONGEST_TEXT} characters.")
