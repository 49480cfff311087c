"""How the tour speaks: short lines, one fact each; no number of an identity card is shown."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

Write = Callable[[str], object]

# Made-up people, and yet: nobody should get used to seeing one.
_NIK = re.compile(r"(?<!\d)(\d{4})\d{8,10}(\d{2})(?!\d)")
# What a channel or a key sealed, as text.
_SEALED = re.compile(r"[A-Za-z0-9+/_-]{60,}={0,2}")
_LONGEST = 400


def masked(text: str) -> str:
    """``text`` without numbers of identity cards and without what is sealed."""
    return _SEALED.sub(lambda found: f"(sealed, {len(found[0])} signs)", _NIK.sub(r"\1…\2", text))


class Page:
    """Writes the tour's lines."""

    def __init__(self, write: Write = sys.stdout.write) -> None:
        self._write = write
        self._steps = 0

    def say(self, line: str) -> None:
        """One line as it is, for the person who waits."""
        self._write(f"{masked(line)}\n")

    def step(self, title: str) -> None:
        """A new step."""
        self._steps += 1
        self._write(f"\n{self._steps}  {title}\n")

    def fact(self, kind: str, what: str, place: str = "") -> None:
        """What happened, and the file that did it."""
        self._write(f"   {kind:<8} {masked(what)}{f'   {place}' if place else ''}\n")

    def detail(self, text: str) -> None:
        """Something that belongs to the fact above."""
        shown = masked(text)
        self._write(f"            {shown if len(shown) <= _LONGEST else shown[:_LONGEST] + ' …'}\n")


def spelled(values: Mapping[str, Any]) -> str:
    """Values in one line; what is sealed only by its length, what is empty not at all."""
    return ", ".join(f"{name}={_value(value)}" for name, value in values.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, str) and value.startswith("\\x"):
        return f"(sealed, {len(value) // 2 - 1} bytes)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
