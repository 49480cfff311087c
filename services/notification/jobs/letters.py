"""Turns claimed messages into letters: contact opened, wording chosen and filled in. The one place with names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from services.notification.handlers.delivery import Result
from services.notification.jobs.channel import Letter
from services.notification.rules import Kind, Outcome, Templates, values_of
from services.notification.store.delivery import Queued
from shared.periods import Month
from shared.privacy import ContactOpener, PrivacyError, UnknownKeyError

_ERASED: Final = Outcome(Kind.PERMANENT, "erased", tried=False)
_UNREADABLE: Final = Outcome(Kind.PERMANENT, "contact-unreadable", tried=False)
# The key may be put back into the key file, so this counts as an attempt and is tried again later.
_KEY_MISSING: Final = Outcome(Kind.TEMPORARY, "contact-unreadable")


class LetterWriter:
    """Writes letters with the contact keyring and the templates."""

    def __init__(self, opener: ContactOpener, templates: Templates) -> None:
        self._opener = opener
        self._templates = templates

    def write(self, messages: Sequence[Queued], day: date) -> tuple[list[Letter], list[Result]]:
        """The letters in the wording of ``day`` (WITA), and what became of the messages that cannot be written."""
        letters, others = [], []
        for message in messages:
            written = self._letter(message, day)
            if isinstance(written, Letter):
                letters.append(written)
            else:
                others.append(Result(message, written))
        return letters, others

    def _letter(self, message: Queued, day: date) -> Letter | Outcome:
        if message.sealed is None:
            return _ERASED
        try:
            contact = self._opener.open(message.recipient_id, message.sealed)
        except UnknownKeyError:
            return _KEY_MISSING
        except (PrivacyError, ValueError, KeyError, TypeError):
            return _UNREADABLE  # changed, or of a layout that is not ours; what it holds is not told
        template = self._templates.choose(message.purpose, contact.language, day)
        period = Month.of(message.period)
        text = template.write(contact.name, values_of(period, message.facts, template.language))
        return Letter(message.message_id, message.purpose, str(period), template, contact, text)
