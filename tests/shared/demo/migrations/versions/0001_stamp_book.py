"""The kit's tables and those of the stamp book."""

from shared.service import kit_tables

revision = "0001"
down_revision = None
backward_compatible = False

_CREATE = [
    "CREATE TABLE booklet (booklet_id uuid PRIMARY KEY, version bigint NOT NULL, stamps integer NOT NULL)",
    "CREATE TABLE stamp_total (booklet_id uuid PRIMARY KEY, additions bigint NOT NULL, stamps bigint NOT NULL)",
    "CREATE TABLE day_closed (day date PRIMARY KEY, stamps bigint NOT NULL, closed_at timestamptz NOT NULL)",
]
_DROP = ["DROP TABLE day_closed", "DROP TABLE stamp_total", "DROP TABLE booklet"]


def upgrade() -> None:
    kit_tables.run_statements([*kit_tables.create_statements(), *_CREATE])


def downgrade() -> None:
    kit_tables.run_statements([*_DROP, *kit_tables.drop_statements()])
