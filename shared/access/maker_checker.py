"""Maker and checker are two people (PP 60/2008 on internal control: separation of duties)."""

from __future__ import annotations

import unicodedata

from shared.access.errors import SamePersonError


def require_second_person(maker: str | None, checker: str | None) -> None:
    """Let ``checker`` judge what ``maker`` made. Both are subjects of tokens.

    Capitals, spaces around and full-width letters make no second person.

    Raises:
        SamePersonError: they are one person, or one of them is not known: who made something is part of what is
            checked.
    """
    first, second = _plain(maker), _plain(checker)
    if not first or not second or first == second:
        raise SamePersonError


def _plain(subject: str | None) -> str:
    """The subject as it is compared: compatibility forms resolved, without case (Unicode NFKC and case folding)."""
    folded = unicodedata.normalize("NFKC", subject or "").casefold()
    return unicodedata.normalize("NFKC", folded).strip()
