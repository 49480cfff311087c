"""People whom an officer enters one by one come from no roster's row."""

from shared.service import kit_tables

revision = "0003"
down_revision = "0002"
backward_compatible = True


def upgrade() -> None:
    kit_tables.run_statements(
        [
            "ALTER TABLE worker ALTER COLUMN roster_id DROP NOT NULL, ALTER COLUMN row_number DROP NOT NULL,"
            " ADD CONSTRAINT worker_origin CHECK ((roster_id IS NULL) = (row_number IS NULL)) NOT VALID",
            "ALTER TABLE worker VALIDATE CONSTRAINT worker_origin",
        ]
    )


def downgrade() -> None:
    kit_tables.run_statements(
        [
            "ALTER TABLE worker DROP CONSTRAINT worker_origin, ALTER COLUMN roster_id SET NOT NULL,"
            " ALTER COLUMN row_number SET NOT NULL"
        ]
    )
