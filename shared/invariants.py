"""What must hold whatever the input: broken, it is a fault of the program, and its transaction must not be committed.

Unlike ``assert`` this holds under every option of the interpreter (``python -O`` takes assertions out). A wrong input
is no broken invariant: it is refused with an error of its own.
"""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class InvariantError(RuntimeError):
    """The program is wrong, not its input. The sentence says what should have held; it names no person."""


def require(condition: bool, sentence: str) -> None:
    """Go on if ``condition`` holds. Pass a constant ``sentence``: it is made for every call, failing or not.

    In a loop over many rows collect what is checked and require it once, outside.

    Raises:
        InvariantError: with ``sentence``, where it does not hold.
    """
    if not condition:
        raise InvariantError(sentence)


def require_some(value: T | None, sentence: str) -> T:
    """``value``, which is there: so says ``sentence``, and the type checker knows it from here on.

    Raises:
        InvariantError: with ``sentence``, where it is None.
    """
    if value is None:
        raise InvariantError(sentence)
    return value
