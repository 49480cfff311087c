"""The limits of eligibility as effective-dated data: a new decree is a new row with its citation, not new code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from shared.reference import read_table

LIMITS_FILE: Final = Path(__file__).with_name("eligibility_limits.csv")
_COLUMNS: Final = ("limit", "value", "first_day", "last_day", "source", "confidence")
_NAMES: Final = ("min-age-years", "below-age-years", "max-decile")


class LimitsUnknownError(LookupError):
    """No row says what a limit is on a day."""

    def __init__(self, limit: str, day: date) -> None:
        super().__init__(f"The limit {limit} has no row for {day}; add one with its decree to {LIMITS_FILE.name}.")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one day. ``version`` names the rows; it stands on every decision receipt."""

    version: str
    min_age_years: int
    below_age_years: int
    max_decile: int


@dataclass(frozen=True, slots=True)
class _Row:
    limit: str
    value: int
    first_day: date
    last_day: date | None

    def holds_on(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


class LimitsTable:
    """All rows of the table. Raises ValueError when two rows of a limit hold on the same day."""

    def __init__(self, path: Path = LIMITS_FILE) -> None:
        self._rows = [
            _Row(
                row["limit"],
                int(row["value"]),
                date.fromisoformat(row["first_day"]),
                date.fromisoformat(row["last_day"]) if row["last_day"] else None,
            )
            for row in read_table(path, _COLUMNS)
        ]
        for row in self._rows:
            if row.limit not in _NAMES:
                raise ValueError(f"{path.name}: there is no limit {row.limit}; use one of {', '.join(_NAMES)}.")
            if sum(other.limit == row.limit and other.holds_on(row.first_day) for other in self._rows) > 1:
                raise ValueError(f"{path.name}: two rows of {row.limit} hold on {row.first_day}; end the older one.")

    def on(self, day: date) -> Limits:
        """The limits on ``day``. Raises LimitsUnknownError."""
        rows = {name: self._row(name, day) for name in _NAMES}
        newest = max(row.first_day for row in rows.values())
        return Limits(
            version=f"eligibility-{newest.isoformat()}",
            min_age_years=rows["min-age-years"].value,
            below_age_years=rows["below-age-years"].value,
            max_decile=rows["max-decile"].value,
        )

    def _row(self, name: str, day: date) -> _Row:
        for row in self._rows:
            if row.limit == name and row.holds_on(day):
                return row
        raise LimitsUnknownError(name, day)
