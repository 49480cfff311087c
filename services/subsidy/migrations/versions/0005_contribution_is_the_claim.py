"""A contribution is the claim on its month and the line of its bill, cut or next (docs/adr/0038).

The claim's key begins with the month, so that a month's writing touches the pages of that month alone.
"""

from shared.service import kit_tables

revision = "0005"
down_revision = "0004"
backward_compatible = False

_MONTH = 'varchar(7) COLLATE "C"'

_UP = [
    """CREATE TABLE next_bill (month_run_id uuid NOT NULL REFERENCES month_run, group_id uuid NOT NULL,
    bill_id uuid NOT NULL UNIQUE, PRIMARY KEY (month_run_id, group_id))""",
    """INSERT INTO next_bill SELECT month_run_id, group_id, uuidv7() FROM contribution
    GROUP BY month_run_id, group_id""",
    "ALTER TABLE contribution ADD COLUMN bill_id uuid",
    """UPDATE contribution c SET bill_id = coalesce(l.bill_id, n.bill_id)
    FROM contribution o JOIN next_bill n USING (month_run_id, group_id) LEFT JOIN bill_line l USING (contribution_id)
    WHERE o.contribution_id = c.contribution_id""",
    """ALTER TABLE contribution ALTER COLUMN bill_id SET NOT NULL, DROP CONSTRAINT contribution_pkey,
    DROP CONSTRAINT contribution_month_run_id_worker_id_key""",
    "ALTER TABLE contribution ADD PRIMARY KEY (month, worker_id), ADD UNIQUE (bill_id, worker_id)",
    "DROP TABLE bill_line",
    "DROP TABLE cover_claim",
]
_DOWN = [
    """CREATE TABLE bill_line (bill_id uuid NOT NULL, worker_id uuid NOT NULL, contribution_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (bill_id, worker_id))""",
    """INSERT INTO bill_line SELECT c.bill_id, c.worker_id, c.contribution_id
    FROM contribution c JOIN bill USING (bill_id)""",
    # Two names as PostgreSQL gave them when 0003 made the table beside the one before it.
    f"""CREATE TABLE cover_claim (worker_id uuid CONSTRAINT cover_claim_worker_id_not_null1 NOT NULL,
    month {_MONTH} CONSTRAINT cover_claim_month_not_null1 NOT NULL, jkk_contribution_id uuid NOT NULL,
    jkm_contribution_id uuid NOT NULL, PRIMARY KEY (worker_id, month))""",
    "INSERT INTO cover_claim SELECT worker_id, month, contribution_id, contribution_id FROM contribution",
    """ALTER TABLE contribution DROP CONSTRAINT contribution_pkey, DROP CONSTRAINT contribution_bill_id_worker_id_key,
    DROP COLUMN bill_id""",
    "ALTER TABLE contribution ADD PRIMARY KEY (contribution_id), ADD UNIQUE (month_run_id, worker_id)",
    "DROP TABLE next_bill",
]


def upgrade() -> None:
    kit_tables.run_statements(_UP)


def downgrade() -> None:
    kit_tables.run_statements(_DOWN)
