"""Items of jobs that failed are set aside, so that the others go on (docs/adr/0041)."""

from shared.service import kit_tables
from shared.service.jobs import items

revision = "0003"
down_revision = "0002"
backward_compatible = True


def upgrade() -> None:
    kit_tables.run_statements(items.item_statements())


def downgrade() -> None:
    kit_tables.run_statements(items.item_undo_statements())
