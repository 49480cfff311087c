"""The tables of the messaging kit, the same in every service's database.

A service's first migration runs `create_statements`; later versions of the kit add functions beside it, since a
migration that has run somewhere never changes. Reasons for each index and setting stand with the statement.
"""

from __future__ import annotations

# A power of two; at most this many relays share one service's outbox.
SLOT_COUNT = 32
OUTBOX_CHANNEL = "payung_outbox"

_OUTBOX = f"""
CREATE TABLE outbox (
    -- The hash decides which relay publishes the row, so that one relay at a time sees all events of a key.
    slot smallint NOT NULL GENERATED ALWAYS AS ((hashtextextended(key, 0) & {SLOT_COUNT - 1})::smallint) STORED,
    -- Order of insertion. Writers of one key hold that aggregate's row lock, so it is also the order of commit.
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    schema_version smallint NOT NULL,
    key text NOT NULL,
    occurred_at timestamptz NOT NULL,
    traceparent text,
    body bytea,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (slot, position)
) WITH (
    -- Rows live for milliseconds: clean early and often, or reading the head of the queue walks over the dead.
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0.0, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 100000
)
"""

# The slot comes with the row, a hash of the key (`slot_of`): a packed row is sorted before it is written
# (columnar/packed_outbox.py). What waits moves to the slot of its key, so that no key is in two of them.
_PARCELS = f"""
ALTER TABLE outbox ALTER COLUMN slot DROP EXPRESSION
---
UPDATE outbox SET slot = (crc32(convert_to(key, 'UTF8')) >> 16) % {SLOT_COUNT}
---
ALTER TABLE outbox ADD CONSTRAINT outbox_slot_check CHECK (slot BETWEEN 0 AND {SLOT_COUNT - 1}),
    -- A row with many events at once: how many, what they differ in, and the bytes of all their bodies.
    ADD COLUMN events integer NOT NULL DEFAULT 1 CONSTRAINT outbox_events_check CHECK (events > 0),
    -- Identifiers do not get smaller by being compressed.
    ADD COLUMN parcel bytea STORAGE EXTERNAL,
    ADD COLUMN parcel_bytes integer,
    ADD CONSTRAINT outbox_parcel_whole CHECK (num_nulls(parcel, parcel_bytes) IN (0, 2)),
    ADD CONSTRAINT outbox_single CHECK (parcel IS NOT NULL OR events = 1)
---
ALTER TABLE outbox SET (toast.autovacuum_vacuum_scale_factor = 0.0, toast.autovacuum_vacuum_threshold = 20000)
"""  # noqa: S608 - a number of ours

# Since then a row with many events is called what it is.
_PACKED_NAMES = """
ALTER TABLE outbox RENAME COLUMN parcel TO packed
---
ALTER TABLE outbox RENAME COLUMN parcel_bytes TO packed_bytes
---
ALTER TABLE outbox RENAME CONSTRAINT outbox_parcel_whole TO outbox_packed_whole
"""
_PARCEL_NAMES = """
ALTER TABLE outbox RENAME CONSTRAINT outbox_packed_whole TO outbox_parcel_whole
---
ALTER TABLE outbox RENAME COLUMN packed_bytes TO parcel_bytes
---
ALTER TABLE outbox RENAME COLUMN packed TO parcel
"""

_NO_PARCELS = f"""
LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE
---
DO $$
BEGIN
    IF EXISTS (SELECT FROM outbox WHERE parcel IS NOT NULL) THEN
        RAISE EXCEPTION 'Parcels wait in the outbox, which the program before cannot read. '
            'Let the relay send them, then go down again.';
    END IF;
END
$$
---
ALTER TABLE outbox RESET (toast.autovacuum_vacuum_scale_factor, toast.autovacuum_vacuum_threshold)
---
ALTER TABLE outbox DROP COLUMN slot, DROP COLUMN events, DROP COLUMN parcel, DROP COLUMN parcel_bytes
---
ALTER TABLE outbox ADD COLUMN slot smallint NOT NULL
    GENERATED ALWAYS AS ((hashtextextended(key, 0) & {SLOT_COUNT - 1})::smallint) STORED
---
ALTER TABLE outbox ADD PRIMARY KEY (slot, position)
"""

_NOTIFY_FUNCTION = f"""
CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('{OUTBOX_CHANNEL}', '');
    RETURN NULL;
END
$$
"""

_NOTIFY_TRIGGER = """
CREATE TRIGGER outbox_wakes_relay AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify()
"""

_INBOX = """
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    -- 64 bits of the body's hash: the same id with another body is a fault of the writer, not a repeat.
    body_hash bigint NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
)
"""

# BRIN: rows arrive in time order, so the purge finds the old end with an index of a few pages.
_INBOX_INDEX = "CREATE INDEX inbox_received_at ON inbox USING brin (received_at) WITH (autosummarize = on)"

_PARKED_KEY = """
CREATE TABLE parked_key (
    topic text NOT NULL,
    key text NOT NULL,
    parked_since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, key)
)
"""

_PARKED_EVENT = """
CREATE TABLE parked_event (
    position bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    partition integer NOT NULL,
    kafka_offset bigint NOT NULL,
    -- 64 bits over the whole record: a topic that is made anew has other records at the same offsets.
    record_hash bigint NOT NULL DEFAULT 0,
    -- Text form of the record's key; null where the record has none.
    key text,
    record_key bytea,
    event_id uuid,
    headers jsonb NOT NULL,
    body bytea,
    reason_code text NOT NULL,
    reason text NOT NULL,
    status text NOT NULL DEFAULT 'parked' CHECK (status IN ('parked', 'replayed', 'dropped')),
    attempts integer NOT NULL DEFAULT 0,
    parked_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    UNIQUE (topic, partition, kafka_offset, record_hash),
    CHECK ((status = 'parked') = (resolved_at IS NULL)),
    CHECK (status = 'parked' OR (resolved_by IS NOT NULL AND resolution IS NOT NULL))
)
"""

_PARKED_INDEX = "CREATE INDEX parked_event_open ON parked_event (topic, key, position) WHERE status = 'parked'"


def create_statements() -> list[str]:
    """The statements that make the kit's tables, one each, in order."""
    return [
        statement.strip()
        for statement in (
            _OUTBOX,
            _NOTIFY_FUNCTION,
            _NOTIFY_TRIGGER,
            _INBOX,
            _INBOX_INDEX,
            _PARKED_KEY,
            _PARKED_EVENT,
            _PARKED_INDEX,
        )
    ]


def parcel_statements() -> list[str]:
    """The statements after which the outbox takes parcels, one each, in order; what waits keeps its order."""
    return [statement.strip() for statement in _PARCELS.split("---")]


def parcel_undo_statements() -> list[str]:
    """The statements that undo `parcel_statements`. They fail, and change nothing, while parcels wait."""
    return [statement.strip() for statement in _NO_PARCELS.split("---")]


def packed_name_statements() -> list[str]:
    """The statements that call what were parcels packed rows, one each, in order."""
    return [statement.strip() for statement in _PACKED_NAMES.split("---")]


def packed_name_undo_statements() -> list[str]:
    """The statements that undo `packed_name_statements`."""
    return [statement.strip() for statement in _PARCEL_NAMES.split("---")]


def drop_statements() -> list[str]:
    """The statements that undo `create_statements`."""
    return [
        "DROP TABLE parked_event",
        "DROP TABLE parked_key",
        "DROP TABLE inbox",
        "DROP TABLE outbox",
        "DROP FUNCTION outbox_notify()",
    ]
