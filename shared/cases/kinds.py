"""The kinds of cases of a service: its StrEnum and its table ``rules/case_kinds.csv``, which must agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Generic, TypeVar

from shared.reference import read_table

COLUMNS: Final = ("kind", "title_id", "title_en", "advice_id", "advice_en", "settled_by")
KindT = TypeVar("KindT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class KindOfCase:
    """What a person reads about a kind of case, Indonesian first, and the roles whose business it is to settle it."""

    title_id: str
    title_en: str
    advice_id: str
    advice_en: str
    settled_by: tuple[str, ...]


class CaseKinds(Mapping[KindT, KindOfCase], Generic[KindT]):
    """Every kind of a service with its row. A kind's plain text finds it too, since members of a StrEnum are text."""

    def __init__(self, rows: Mapping[KindT, KindOfCase]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, kind: KindT | str) -> KindOfCase:
        return self._rows[kind]  # type: ignore[index]

    def __iter__(self) -> Iterator[KindT]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def texts(self, kind: KindT | str) -> dict[str, str]:
        """``title_id``, ``title_en``, ``advice_id`` and ``advice_en`` of a kind, as answers carry them.

        Raises:
            KeyError: there is no such kind.
        """
        row = self[kind]
        return {
            "title_id": row.title_id,
            "title_en": row.title_en,
            "advice_id": row.advice_id,
            "advice_en": row.advice_en,
        }


def load_case_kinds(path: Path, kinds: type[KindT]) -> CaseKinds[KindT]:
    """Read a service's table of kinds. In ``settled_by`` roles are separated by ``|``.

    Raises:
        ValueError: naming the file and what to correct: a kind twice, missing, or unknown to ``kinds``, an empty cell.
    """
    rows: dict[KindT, KindOfCase] = {}
    for row in read_table(path, COLUMNS):
        if "" in row.values():
            raise ValueError(f"{path.name}: the row of '{row['kind']}' has an empty cell; fill it.")
        if row["kind"] not in set(kinds):
            raise ValueError(f"{path.name}: '{row['kind']}' is no {kinds.__name__}; add it there or take the row out.")
        kind = kinds(row.pop("kind"))
        if kind in rows:
            raise ValueError(f"{path.name} has '{kind}' twice; keep one row.")
        rows[kind] = KindOfCase(settled_by=tuple(row.pop("settled_by").split("|")), **row)
    if missing := [str(kind) for kind in kinds if kind not in rows]:
        raise ValueError(f"{path.name} lacks {', '.join(missing)}; add a row for each.")
    return CaseKinds(rows)
