"""What a command or question can be refused for, as plain exceptions: `shared.http.failures` makes problems of them.

A transaction in which one of them is raised is undone as a whole.
"""

from __future__ import annotations

from typing import TypeVar

RecordT = TypeVar("RecordT")


class AccessError(Exception):
    """The parent of the refusals: whatever is raised of it reaches the person as a problem."""


class RefusedError(AccessError):
    """A command cannot be done.

    ``code`` is that of one of the service's own problem types; ``facts`` fill the places of its sentences: whole
    numbers or words that the program chose, never what a person sent.
    """

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class NotVisibleError(AccessError):
    """What is asked for does not exist, or lies outside the person's area: the two are not told apart."""


class OutsideAreaError(AccessError):
    """The command concerns an area for which the person does not work."""


class SamePersonError(AccessError):
    """The one who made something may not check it, or one of the two is not known."""


class CursorError(AccessError):
    """The cursor of a list is damaged or belongs to another search."""


class AreaCodeError(AccessError, ValueError):
    """What was given is not a Kemendagri region code. Fields of requests show these texts, never what was given."""

    code = "area-code-invalid"
    indonesian = (
        "Kode wilayah Kemendagri terdiri atas 2, 4, 6, atau 10 angka, misalnya 64, 6472, 647201, atau 6472011001. "
        "Perbaiki kodenya, lalu kirim lagi."
    )
    english = (
        "A Kemendagri area code has 2, 4, 6 or 10 digits, for example 64, 6472, 647201 or 6472011001. Correct the "
        "code, then send the request again."
    )


def visible(record: RecordT | None) -> RecordT:
    """What was looked for in somebody's area. Raises NotVisibleError where there is none."""
    if record is None:
        raise NotVisibleError
    return record
