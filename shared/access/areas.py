"""The areas somebody works for: what lies outside is neither seen nor changed.

All of it fails closed. An empty scope sees nothing; a filter that is absent means "my own area" and never
"everything"; a code that is not a Kemendagri region code is refused, so no wildcard can slip into SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from sqlalchemy import ColumnElement, String, and_, collate, false, or_

from shared.access.errors import AreaCodeError, OutsideAreaError

# Kemendagri codes: province 2 digits, regency or city 4, district 6, village 10; no part is all zeros.
_AREA_CODE = re.compile(r"[1-9][0-9](?:(?!00)[0-9]{2}(?:(?!00)[0-9]{2}(?:(?!0000)[0-9]{4})?)?)?", re.ASCII)
_DOTTED = re.compile(r"[0-9]{2}(?:\.[0-9]{2}){0,2}|[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}", re.ASCII)

# Declare columns that hold area codes with this type: bytewise order makes the prefix ranges of `where` exact and
# lets an ordinary index serve them.
AREA_CODE_COLUMN = String(10, collation="C")


def parse_area_code(text: object) -> str:
    """The code in its plain form; Kemendagri's dotted form (``64.72.01.1001``) is taken too.

    Raises AreaCodeError for anything else.
    """
    if isinstance(text, str):
        plain = text.replace(".", "") if _DOTTED.fullmatch(text) else text
        if _AREA_CODE.fullmatch(plain):
            return plain
    raise AreaCodeError


# The type of a field or parameter that holds a region code; a wrong one is named among a problem's ``errors``.
AreaCode = Annotated[
    str,
    PlainValidator(parse_area_code),
    WithJsonSchema({"type": "string", "pattern": f"^{_AREA_CODE.pattern}$", "examples": ["6472"]}),
]


def _minimal(codes: Iterable[str]) -> frozenset[str]:
    """Without the codes that lie inside another one."""
    kept: list[str] = []
    for code in sorted(set(codes), key=lambda code: (len(code), code)):
        if not any(code.startswith(wider) for wider in kept):
            kept.append(code)
    return frozenset(kept)


@dataclass(frozen=True)
class AreaScope:
    """The areas somebody works for: region codes, each with all that lies below it. Empty means nothing at all.

    There is no wildcard: to see the whole province, the scope has to say ``64``.
    """

    prefixes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefixes", _minimal(parse_area_code(code) for code in self.prefixes))

    @classmethod
    def of(cls, *codes: str) -> AreaScope:
        """The scope of ``codes``. Raises AreaCodeError if one of them is not a region code."""
        return cls(frozenset(codes))

    def __bool__(self) -> bool:
        return bool(self.prefixes)

    def allows(self, code: object) -> bool:
        """Whether the area ``code`` lies inside; False for None and for what is not a region code."""
        try:
            plain = parse_area_code(code)
        except AreaCodeError:
            return False
        return any(plain.startswith(prefix) for prefix in self.prefixes)

    def ensure_allows(self, code: object) -> None:
        """Raise OutsideAreaError unless ``code`` lies inside."""
        if not self.allows(code):
            raise OutsideAreaError

    def narrow(self, requested: Iterable[str] | None) -> AreaScope:
        """What both this scope and ``requested`` cover.

        None (no filter given) is the whole of this scope; an empty filter is nothing. Raises AreaCodeError if a
        requested code is not a region code.
        """
        if requested is None:
            return self
        wanted = AreaScope.of(*_checked_list(requested)).prefixes
        inner = {code for code in wanted if any(code.startswith(own) for own in self.prefixes)}
        inner |= {own for own in self.prefixes if any(own.startswith(code) for code in wanted)}
        return AreaScope(frozenset(inner))

    def where(self, column: Any) -> ColumnElement[bool]:
        """The condition for ``store.py``: rows whose area code in ``column`` lies inside; none when empty.

        A range under bytewise order, not LIKE: no pattern, and an index on an `AREA_CODE_COLUMN` serves it.
        """
        if not self.prefixes:
            return false()
        bytewise = collate(column, "C")
        return or_(
            *(and_(bytewise >= prefix, bytewise < _after_all_within(prefix)) for prefix in sorted(self.prefixes))
        )

    def sql_prefixes(self) -> list[str]:
        """For raw SQL: ``WHERE area_code ^@ ANY($1::text[])`` (starts with). An empty list gives no row."""
        return sorted(self.prefixes)


def _checked_list(requested: Iterable[str]) -> list[str]:
    """A filter given as one string would be taken letter by letter; refuse it."""
    if isinstance(requested, str):
        raise AreaCodeError
    return list(requested)


def _after_all_within(prefix: str) -> str:
    """The smallest text that sorts after everything that begins with ``prefix``: 6472 → 6473, 6479 → 647:."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
