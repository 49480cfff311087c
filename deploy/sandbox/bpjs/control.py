"""How the pretended branch misbehaves: a small JSON file, read at each look, so that it changes while it runs."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class ControlError(Exception):
    """The control file cannot be used; the text says what to correct."""


class Mode(StrEnum):
    """How one kind of answer is given."""

    NORMAL = "normal"
    DELAY = "delay"  # right, but late
    PARTIAL = "partial"  # a share of it; the rest when the mode is normal again
    WRONG_TOTAL = "wrong-total"  # figures that do not fit; the right ones when the mode is normal again
    DUPLICATE = "duplicate"  # right, and once more under another name
    NEVER = "never"  # nothing, until the mode changes


@dataclass(frozen=True)
class Behaviour:
    """What the control file says. ``share`` and ``reject_share`` are parts of 1."""

    group_answer: Mode = Mode.NORMAL
    bill: Mode = Mode.NORMAL
    confirmation: Mode = Mode.NORMAL
    delay_s: float = 3.0
    share: float = 0.9
    reject_share: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """As the control file has it."""
        return asdict(self)


def parse_control(values: object) -> Behaviour:
    """Read the control's values. Raises ControlError for unknown names and for values out of range."""
    if not isinstance(values, dict):
        raise ControlError('The control must be one JSON object, for example {"bill": "delay", "delay_s": 5}.')
    unknown = sorted(set(values) - set(Behaviour().as_json()))
    if unknown:
        raise ControlError(f"The control knows {', '.join(Behaviour().as_json())}; remove {', '.join(unknown)[:100]}.")
    known: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("delay_s", "share", "reject_share"):
            highest = 86_400 if name == "delay_s" else 1
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
                raise ControlError(f"{name} is a number from 0 to {highest}; correct it.")
            known[name] = float(value)
        elif value in list(Mode):
            known[name] = Mode(value)
        else:
            raise ControlError(f"{name} is one of {', '.join(Mode)}; correct it.")
    return Behaviour(**known)


def read_control(path: Path | None) -> Behaviour:
    """What the file at ``path`` says; normal when there is none. Raises ControlError when it cannot be read."""
    if path is None or not path.exists():
        return Behaviour()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ControlError(f"{path.name} is not readable JSON; write it with `payung bpjs behave`.") from None
    return parse_control(values)


def write_control(path: Path, values: dict[str, Any]) -> None:
    """Replace the control file in one step. Raises ControlError for values it cannot have, OSError."""
    text = json.dumps(parse_control(values).as_json(), indent=2) + "\n"
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)
