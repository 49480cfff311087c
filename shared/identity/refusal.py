"""Why a number was not accepted, for the officer who must correct it, without repeating the number.

An exception travels into logs, error pages and tickets, so it carries a code and two fixed sentences, nothing else.
"""

from __future__ import annotations

from shared.refusals import Refusal


class ValueRefusedError(ValueError):
    """A number of a person cannot be used. ``reason`` says why; the text is its English sentence."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.english)
        self.reason = reason

    @property
    def code(self) -> str:
        """The stable code, for machines."""
        return self.reason.code

    @property
    def indonesian(self) -> str:
        """The sentence for officials and workers."""
        return self.reason.indonesian

    @property
    def english(self) -> str:
        """The same sentence in English."""
        return self.reason.english
