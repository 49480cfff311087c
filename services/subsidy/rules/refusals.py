"""What a command can be refused for. The HTTP face turns each code into a problem with a sentence for people."""

from __future__ import annotations


class RefusedError(Exception):
    """A command cannot be done; ``code`` says why, ``facts`` are whole numbers or fixed words for the sentence."""

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class NotVisibleError(Exception):
    """What the command is about does not exist, or lies outside the person's area: the two are not told apart."""
