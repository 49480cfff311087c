"""Copies of an event wait in the outbox as parcels (docs/adr/0039)."""

from shared.messaging import tables
from shared.service import kit_tables

revision = "0004"
down_revision = "0003"
backward_compatible = False


def upgrade() -> None:
    kit_tables.run_statements(tables.packed_name_statements())


def downgrade() -> None:
    kit_tables.run_statements(tables.packed_name_undo_statements())
