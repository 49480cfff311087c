"""Cover lines are copied in with what is due alone; each is changed once, by its payment, on the page where it is."""

from shared.service import kit_tables

revision = "0005"
down_revision = "0004"
backward_compatible = True


def upgrade() -> None:
    kit_tables.run_statements(
        [
            "ALTER TABLE cover_line ALTER paid_rupiah SET DEFAULT 0, ALTER payments SET DEFAULT 0,"
            " ALTER is_settled SET DEFAULT false, ALTER credited_rupiah SET DEFAULT 0",
            # With room on its page no index needs to know of the change. Pages that are full stay as they are.
            "ALTER TABLE cover_line SET (fillfactor = 45)",
        ]
    )


def downgrade() -> None:
    kit_tables.run_statements(
        [
            "ALTER TABLE cover_line SET (fillfactor = 80)",
            "ALTER TABLE cover_line ALTER paid_rupiah DROP DEFAULT, ALTER payments DROP DEFAULT,"
            " ALTER is_settled DROP DEFAULT, ALTER credited_rupiah DROP DEFAULT",
        ]
    )
