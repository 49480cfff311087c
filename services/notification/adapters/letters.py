"""Turns claimed messages into letters: contact opened, wording chosen and filled in. The one place with names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from services.notification.handlers.channel import Letter, Result
from services.notification.rules.outcomes import Outcome
from services.notification.rules.states import FailureReason, OutcomeKind
from services.notification.rules.templates import Templates
from services.notification.rules.texts import values_of
from services.notification.store.batches import ClaimedMessage
from shared.periods import Month
from shared.privacy import ContactOpener, PrivacyError, UnknownKeyError

_ERASED: Final = Outcome(OutcomeKind.PERMANENT, FailureReason.ERASED, tried=False)
_UNREADABLE: Final = Outcome(OutcomeKind.PERMANENT, FailureReason.CONTACT_UNREADABLE, tried=False)
# The key may be put back into the key file, so this counts as an attempt and is tried again later.
_KEY_MISSING: Final = Outcome(OutcomeKind.TEMPORARY, FailureReason.CONTACT_UNREADABLE)


class VaultLetterWriter:
    """Writes letters with the contact keyring and the templates."""

    def __init__(self, opener: ContactOpener, templates: Templates) -> None:
        self._opener = opener
        self._templates = templates

    def write(self, messages: Sequence[ClaimedMessage], day: date) -> tuple[list[Letter], list[Result]]:
        """The letters in the wording of ``day`` (WITA), and what became of the messages that cannot be written."""
        letters, results = [], []
        for claimed in messages:
            written = self._letter(claimed, day)
            if isinstance(written, Letter):
                letters.append(written)
            else:
                results.append(Result(claimed.message, written))
        return letters, results

    def _letter(self, claimed: ClaimedMessage, day: date) -> Letter | Outcome:
        message = claimed.message
        if claimed.sealed is None:
            return _ERASED
        try:
            contact = self._opener.open(message.recipient_id, claimed.sealed)
        except UnknownKeyError:
            return _KEY_MISSING
        except (PrivacyError, ValueError, KeyError, TypeError):
            return _UNREADABLE  # changed, or of a layout that is not ours; what it holds is not told
        template = self._templates.choose(message.purpose, contact.language, day)
        text = template.write(contact.name, values_of(Month.parse(message.period), message.facts, template.language))
        return Letter(message, template, contact, text)
