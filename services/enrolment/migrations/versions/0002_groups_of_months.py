"""The group on whose bill a worker's month stands: a month run of one group says nothing of another's members."""

from shared.service import kit_tables

revision = "0002"
down_revision = "0001"
backward_compatible = True


def upgrade() -> None:
    kit_tables.run_statements(["ALTER TABLE cover_line ADD COLUMN group_id uuid"])


def downgrade() -> None:
    kit_tables.run_statements(["ALTER TABLE cover_line DROP COLUMN group_id"])
