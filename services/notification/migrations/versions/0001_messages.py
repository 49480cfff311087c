"""The kit's tables and those of notification."""

from shared.service import kit_tables

revision = "0001"
down_revision = None
backward_compatible = False

# A year of a million workers is some twelve million messages: years are dropped, moved and vacuumed alone.
_YEARS = range(2025, 2036)

_MESSAGE = """
CREATE TABLE message (
    recipient_id uuid NOT NULL,
    purpose text NOT NULL,
    -- The first day of the month that the message is about.
    period date NOT NULL CHECK (extract(day FROM period) = 1),
    message_id uuid NOT NULL,
    recipient_kind text NOT NULL CHECK (recipient_kind IN ('worker', 'employer')),
    region_code text COLLATE "C" NOT NULL,
    -- What the text says: months, days, amounts. Never personal data.
    facts jsonb NOT NULL,
    cause_event_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'waiting-contact', 'sent', 'delivered', 'failed', 'unknown')),
    reason text,
    channel text,
    -- How many events were emitted about it.
    version integer NOT NULL,
    attempts smallint NOT NULL CHECK (attempts >= 0),
    created_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    PRIMARY KEY (recipient_id, purpose, period),
    CHECK ((state = 'failed') = (reason IS NOT NULL))
) PARTITION BY RANGE (period)
"""
_PARTITIONS = [
    f"CREATE TABLE message_{year} PARTITION OF message FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
    for year in _YEARS
]
_CREATE = [
    _MESSAGE,
    *_PARTITIONS,
    "CREATE TABLE message_other PARTITION OF message DEFAULT",
    # Unique also for the planner: it finds a batch's rows one by one, however full and however new the table is.
    "CREATE UNIQUE INDEX message_by_id ON message (message_id, period)",
    # Both hold only what is not done yet, so they stay small however many messages there are.
    "CREATE INDEX message_queued ON message (not_before) WHERE state = 'queued'",
    "CREATE INDEX message_waiting ON message (recipient_id) WHERE state = 'waiting-contact'",
    """
CREATE TABLE contact (
    recipient_id uuid PRIMARY KEY,
    recipient_kind text NOT NULL CHECK (recipient_kind IN ('worker', 'employer')),
    version bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    key_reference text,
    algorithm text,
    ciphertext text,
    content_version integer,
    erased_at timestamptz,
    CHECK (num_nonnulls(key_reference, algorithm, ciphertext, content_version) IN (0, 4)),
    CHECK (ciphertext IS NOT NULL OR erased_at IS NOT NULL)
)
""",
    """
CREATE TABLE delivery_batch (
    batch_id uuid PRIMARY KEY,
    channel text NOT NULL,
    messages integer NOT NULL CHECK (messages > 0),
    message_ids uuid[],
    periods date[],
    handed_over integer,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    CHECK ((closed_at IS NULL) = (message_ids IS NOT NULL)),
    CHECK ((closed_at IS NULL) = (handed_over IS NULL))
)
""",
    "CREATE UNIQUE INDEX delivery_batch_open ON delivery_batch ((true)) WHERE closed_at IS NULL",
    """
CREATE TABLE attempt (
    message_id uuid NOT NULL,
    attempt smallint NOT NULL,
    batch_id uuid NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('arrived', 'accepted', 'temporary', 'permanent', 'unknown')),
    reason text,
    language text,
    template text,
    template_version integer,
    at timestamptz NOT NULL,
    PRIMARY KEY (message_id, attempt)
)
""",
    """
CREATE TABLE arrival (
    arrival_id uuid PRIMARY KEY,
    purpose text NOT NULL,
    messages integer NOT NULL,
    arrived_at timestamptz NOT NULL
)
""",
]
_DROP = [f"DROP TABLE {name}" for name in ("arrival", "attempt", "delivery_batch", "contact", "message")]


def upgrade() -> None:
    kit_tables.run_statements([*kit_tables.create_statements(), *_CREATE])


def downgrade() -> None:
    kit_tables.run_statements([*_DROP, *kit_tables.drop_statements()])
