"""The claim on a worker's month is one row with a column for each programme: half the writing, the same guarantee.

One row a programme was written and indexed twice for each worker, though a payer always claims both programmes.
"""

from shared.service import kit_tables

revision = "0003"
down_revision = "0002"
backward_compatible = False

_MONTH = 'varchar(7) COLLATE "C"'

_UP = [
    "ALTER TABLE cover_claim RENAME TO claim_of_programme",
    "ALTER INDEX cover_claim_pkey RENAME TO claim_of_programme_pkey",
    f"""CREATE TABLE cover_claim (worker_id uuid NOT NULL, month {_MONTH} NOT NULL, jkk_contribution_id uuid NOT NULL,
    jkm_contribution_id uuid NOT NULL, PRIMARY KEY (worker_id, month))""",
    """INSERT INTO cover_claim SELECT worker_id, month, k.contribution_id, m.contribution_id
    FROM claim_of_programme k JOIN claim_of_programme m USING (worker_id, month)
    WHERE k.programme = 'JKK' AND m.programme = 'JKM'""",
    "DROP TABLE claim_of_programme",
]
_DOWN = [
    "ALTER TABLE cover_claim RENAME TO claim_of_month",
    "ALTER INDEX cover_claim_pkey RENAME TO claim_of_month_pkey",
    f"""CREATE TABLE cover_claim (worker_id uuid NOT NULL, month {_MONTH} NOT NULL, programme varchar(8) NOT NULL,
    contribution_id uuid NOT NULL, PRIMARY KEY (worker_id, month, programme))""",
    "INSERT INTO cover_claim SELECT worker_id, month, 'JKK', jkk_contribution_id FROM claim_of_month",
    "INSERT INTO cover_claim SELECT worker_id, month, 'JKM', jkm_contribution_id FROM claim_of_month",
    "DROP TABLE claim_of_month",
]


def upgrade() -> None:
    kit_tables.run_statements(_UP)


def downgrade() -> None:
    kit_tables.run_statements(_DOWN)
