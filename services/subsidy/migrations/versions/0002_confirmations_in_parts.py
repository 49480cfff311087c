"""Confirmations of a million rows: read in parts, kept as a few arrays of workers instead of a row for each of them.

Confirmed rows live for minutes and are only ever read as a set. As arrays they cost a thirtieth of the writing, no
index and no vacuum.
"""

from shared.service import kit_tables

revision = "0002"
down_revision = "0001"
backward_compatible = False

_MONTH = 'varchar(7) COLLATE "C"'
_AMOUNTS = "jkk_rupiah bigint NOT NULL CHECK (jkk_rupiah >= 0), jkm_rupiah bigint NOT NULL CHECK (jkm_rupiah >= 0)"
_SAID = (
    f"kode_iuran text NOT NULL, month {_MONTH} NOT NULL, {_AMOUNTS}, paid_on date NOT NULL, confirmed_on date NOT NULL"
)


def _states(names: str) -> list[str]:
    return [
        "ALTER TABLE exchange_file DROP CONSTRAINT exchange_file_state_check",
        f"ALTER TABLE exchange_file ADD CONSTRAINT exchange_file_state_check CHECK (state IN ({names}))",
    ]


_UP = [
    f"""CREATE TABLE confirmed_part (file_id uuid NOT NULL, number integer NOT NULL, {_SAID},
    worker_count integer NOT NULL, worker_ids uuid[] NOT NULL, PRIMARY KEY (file_id, number),
    CHECK (worker_count = cardinality(worker_ids)))""",
    # Identifiers do not compress; trying costs more than writing them.
    "ALTER TABLE confirmed_part ALTER worker_ids SET STORAGE EXTERNAL",
    """CREATE TABLE confirmation_match (file_id uuid PRIMARY KEY, offset_bytes bigint NOT NULL, rows integer NOT NULL,
    agreeing integer NOT NULL, unknown_worker integer NOT NULL, other_amount integer NOT NULL,
    other_month integer NOT NULL, other_kode_iuran integer NOT NULL, jkk_rupiah bigint NOT NULL,
    jkm_rupiah bigint NOT NULL, sum_rupiah bigint NOT NULL)""",
    """INSERT INTO confirmed_part SELECT file_id, row_number() OVER (PARTITION BY file_id), kode_iuran, month,
    jkk_rupiah, jkm_rupiah, paid_on, confirmed_on, count(*), array_agg(worker_id ORDER BY worker_id)
    FROM confirmation_row GROUP BY file_id, kode_iuran, month, jkk_rupiah, jkm_rupiah, paid_on, confirmed_on""",
    "DROP TABLE confirmation_row",
    *_states("'reading', 'paying', 'applied', 'repeated', 'refused'"),
]
_DOWN = [
    f"""CREATE TABLE confirmation_row (file_id uuid NOT NULL, worker_id uuid NOT NULL, {_SAID},
    PRIMARY KEY (file_id, worker_id))""",
    """INSERT INTO confirmation_row SELECT file_id, worker_id, kode_iuran, month, jkk_rupiah, jkm_rupiah, paid_on,
    confirmed_on FROM confirmed_part JOIN exchange_file USING (file_id), unnest(worker_ids) worker_id
    WHERE state = 'paying'""",
    # What was read in part is read again from its beginning.
    "DELETE FROM exchange_file WHERE state = 'reading'",
    "DROP TABLE confirmation_match",
    "DROP TABLE confirmed_part",
    *_states("'paying', 'applied', 'repeated', 'refused'"),
]


def upgrade() -> None:
    kit_tables.run_statements(_UP)


def downgrade() -> None:
    kit_tables.run_statements(_DOWN)
