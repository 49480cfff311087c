"""A month is text, YYYY-MM, as in events and in every other service. Every message is written anew: see _move."""

from shared.service import kit_tables

revision = "0005"
down_revision = "0004"
backward_compatible = False

_YEARS = range(2025, 2036)
_TEXT = """text COLLATE "C" NOT NULL CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$')"""
_DATE = "date NOT NULL CHECK (extract(day FROM period) = 1)"


def _move(kind: str, period: str, year_begins: str, periods: str) -> list[str]:
    """The statements that write messages anew with another ``period``, since the table is partitioned by it.

    ``kind``: its type and checks; ``period``: how it is made of the one before; ``year_begins``: what follows the year
    in its first value; ``periods``: the type of the list in open batches.
    """
    bounds = [(year, f"FROM ('{year}{year_begins}') TO ('{year + 1}{year_begins}')") for year in _YEARS]
    columns = """message_id, recipient_kind, region_code, facts, cause_event_id, state, reason, channel, version,
    attempts, created_at, not_before"""
    one = period.replace("period", "n.period")
    return [
        "LOCK TABLE message, delivery_batch IN ACCESS EXCLUSIVE MODE",
        "CREATE UNLOGGED TABLE message_before AS SELECT * FROM message",
        "DROP TABLE message",
        f"""
CREATE TABLE message (
    recipient_id uuid NOT NULL,
    purpose text NOT NULL,
    period {kind},
    message_id uuid NOT NULL,
    recipient_kind text NOT NULL CHECK (recipient_kind IN ('worker', 'employer')),
    region_code text COLLATE "C" NOT NULL,
    facts jsonb NOT NULL,
    cause_event_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'waiting-contact', 'sent', 'delivered', 'failed', 'unknown')),
    reason text,
    channel text,
    version integer NOT NULL,
    attempts smallint NOT NULL CHECK (attempts >= 0),
    created_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    CHECK ((state = 'failed') = (reason IS NOT NULL))
) PARTITION BY RANGE (period)
""",
        *(f"CREATE TABLE message_{year} PARTITION OF message FOR VALUES {bound}" for year, bound in bounds),
        "CREATE TABLE message_other PARTITION OF message DEFAULT",
        f"""INSERT INTO message (recipient_id, purpose, period, {columns})
    SELECT recipient_id, purpose, {period}, {columns} FROM message_before""",  # noqa: S608 - words of this file
        "DROP TABLE message_before",
        "ALTER TABLE message ADD PRIMARY KEY (recipient_id, purpose, period)",
        "CREATE UNIQUE INDEX message_by_id ON message (message_id, period)",
        "CREATE INDEX message_queued ON message (not_before) WHERE state = 'queued'",
        "CREATE INDEX message_waiting ON message (recipient_id) WHERE state = 'waiting-contact'",
        "ANALYZE message",
        "ALTER TABLE delivery_batch RENAME periods TO periods_before",
        f"ALTER TABLE delivery_batch ADD COLUMN periods {periods}",
        f"""UPDATE delivery_batch SET periods = (SELECT array_agg({one} ORDER BY n.place)
    FROM unnest(periods_before) WITH ORDINALITY n(period, place)) WHERE periods_before IS NOT NULL""",  # noqa: S608
        "ALTER TABLE delivery_batch DROP COLUMN periods_before",
    ]


def upgrade() -> None:
    kit_tables.run_statements(_move(_TEXT, "to_char(period, 'YYYY-MM')", "-01", "text[]"))


def downgrade() -> None:
    kit_tables.run_statements(_move(_DATE, "to_date(period, 'YYYY-MM')", "-01-01", "date[]"))
