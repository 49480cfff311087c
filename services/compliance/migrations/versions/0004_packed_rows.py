"""What waits in the outbox as one row with many events is called a packed row, in the table as in the program."""

from shared.messaging import tables
from shared.service import kit_tables

revision = "0004"
down_revision = "0003"
backward_compatible = False


def upgrade() -> None:
    kit_tables.run_statements(tables.packed_name_statements())


def downgrade() -> None:
    kit_tables.run_statements(tables.packed_name_undo_statements())
