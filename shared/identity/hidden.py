"""A personal number that cannot be printed, logged or formatted by accident, only revealed on purpose."""

from __future__ import annotations

from typing import NoReturn


class HiddenText:
    """Text that shows as ``<Nik>`` or ``<Phone>`` everywhere; ``reveal()`` gives it to the vault and to adapters.

    Equal and hashable by its text within one class. Immutable. Refuses pickling, because a pickle is a plain copy.
    """

    __slots__ = ("_text",)

    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """The text itself. Search the code for ``reveal(`` to find every place where a number leaves its shell."""
        return self._text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._text == self._text if isinstance(other, HiddenText) else False

    def __hash__(self) -> int:
        return hash(self._text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A {type(self).__name__} cannot be changed; parse another one.")

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} is not pickled, it would be a readable copy; store it in the vault.")
