"""A month is text, YYYY-MM, as in events and in every other service. Each table is written anew, once.

Until here a month was its first day, so nothing is lost either way. A row of cover_line stays as long as it was, and so
does an entry of its index: seven letters and their length fill what stood empty behind a date before the next column.
"""

from collections.abc import Callable

from shared.service import kit_tables

revision = "0008"
down_revision = "0007"
backward_compatible = False

_MONTHS = {
    "worker": ["cover_from"],
    "enrolment": ["cover_from"],
    "subsidy_grant": ["first_month", "last_month", "ended_last_month"],
    "member_group": ["first_month", "last_month"],
    "group_list": ["first_month"],
    "cover_line": ["month"],
    "cover_unfunded": ["month"],
    "lapse_notice": ["month"],
    "employment": ["employed_from", "employed_until"],
}
_FORM = "^[0-9]{4}-(0[1-9]|1[0-2])$"


def _to_text(table: str, column: str) -> str:
    return (
        f"""ALTER {column} TYPE text COLLATE "C" USING to_char({column}, 'YYYY-MM'),"""
        f" ADD CONSTRAINT {table}_{column}_check CHECK ({column} ~ '{_FORM}')"
    )


def _to_date(table: str, column: str) -> str:
    return (
        f"DROP CONSTRAINT {table}_{column}_check,"
        f" ALTER {column} TYPE date USING to_date({column} || '-01', 'YYYY-MM-DD')"
    )


def _change(change: Callable[[str, str], str]) -> None:
    """Change every column of months. PostgreSQL forgets what it knew of a column whose type changes: it looks anew."""
    changes = [
        f"ALTER TABLE {table} {', '.join(change(table, column) for column in columns)}"
        for table, columns in _MONTHS.items()
    ]
    kit_tables.run_statements([*changes, *(f"ANALYZE {table}" for table in _MONTHS)])


def upgrade() -> None:
    _change(_to_text)


def downgrade() -> None:
    _change(_to_date)
