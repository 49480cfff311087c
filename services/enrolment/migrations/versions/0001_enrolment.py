"""The kit's tables and those of enrolment."""

from shared.service import kit_tables

revision = "0001"
down_revision = None
backward_compatible = False

_CREATE = [
    """
CREATE TABLE roster (
    roster_id uuid NOT NULL, content_sha256 text NOT NULL, area_codes text[] NOT NULL,
    uploaded_by text NOT NULL, uploaded_at timestamptz NOT NULL, kind text NOT NULL, encoding text NOT NULL,
    size_bytes bigint NOT NULL, state text NOT NULL, reason text, reason_facts jsonb NOT NULL, delimiter text,
    columns text[], next_byte bigint NOT NULL, next_row integer NOT NULL, rows integer NOT NULL,
    accepted_rows integer NOT NULL, refused_rows integer NOT NULL, registered_through integer NOT NULL,
    accepted_by text, accepted_at timestamptz, registered_at timestamptz, kek_id text NOT NULL,
    wrapped_key bytea,
    PRIMARY KEY (roster_id),
    CONSTRAINT roster_content UNIQUE (content_sha256, area_codes)
)
""",
    """
CREATE TABLE roster_chunk (
    roster_id uuid NOT NULL, position integer NOT NULL, sealed bytea NOT NULL,
    PRIMARY KEY (roster_id, position)
)
""",
    """
CREATE TABLE roster_block (
    roster_id uuid NOT NULL, first_row integer NOT NULL, last_row integer NOT NULL, sealed bytea NOT NULL,
    PRIMARY KEY (roster_id, first_row)
)
""",
    """
CREATE TABLE roster_row (
    roster_id uuid NOT NULL, row_number integer NOT NULL, status text NOT NULL, reason text, notes text[],
    nik_tail text NOT NULL, nik_token bytea,
    PRIMARY KEY (roster_id, row_number)
) WITH (fillfactor = 80)
""",
    """
CREATE TABLE check_list (
    check_list_id uuid NOT NULL, kind text NOT NULL, rows integer NOT NULL, refused_rows integer NOT NULL,
    added integer NOT NULL, uploaded_by text NOT NULL, uploaded_at timestamptz NOT NULL,
    PRIMARY KEY (check_list_id)
)
""",
    """
CREATE TABLE check_token (
    kind text NOT NULL, token bytea NOT NULL, check_list_id uuid NOT NULL,
    PRIMARY KEY (kind, token)
)
""",
    """
CREATE TABLE worker (
    worker_id uuid NOT NULL, version bigint NOT NULL, status text NOT NULL, decision text NOT NULL,
    decision_id uuid NOT NULL, region_code text NOT NULL, village_code varchar(10) COLLATE "C" NOT NULL,
    occupation_code text NOT NULL, participant_kind text NOT NULL, registered_on date NOT NULL,
    roster_id uuid NOT NULL, row_number integer NOT NULL, enrolment_number integer NOT NULL, cover_from date,
    PRIMARY KEY (worker_id),
    CONSTRAINT worker_row UNIQUE (roster_id, row_number)
) WITH (fillfactor = 80)
""",
    "CREATE INDEX worker_area ON worker (village_code, worker_id)",
    "CREATE INDEX worker_covered ON worker (worker_id) WHERE status IN ('enrolled', 'lapsing')",
    """
CREATE TABLE person (
    worker_id uuid NOT NULL, kek_id text NOT NULL, wrapped_key bytea, profile bytea NOT NULL,
    nik_token bytea NOT NULL, near_token bytea NOT NULL, kpj bytea, kpj_token bytea,
    PRIMARY KEY (worker_id),
    CONSTRAINT person_nik UNIQUE (nik_token)
)
""",
    "CREATE INDEX person_near ON person (near_token)",
    """
CREATE TABLE decision (
    decision_id uuid NOT NULL, worker_id uuid NOT NULL, outcome text NOT NULL, reasons text[] NOT NULL,
    kind text NOT NULL, decided_by text NOT NULL, rules_version text NOT NULL, inputs jsonb NOT NULL,
    decided_on date NOT NULL, decided_at timestamptz NOT NULL,
    PRIMARY KEY (decision_id)
)
""",
    "CREATE INDEX decision_worker ON decision (worker_id)",
    """
CREATE TABLE worker_history (
    worker_id uuid NOT NULL, version bigint NOT NULL, status text NOT NULL, since date NOT NULL,
    cause text NOT NULL,
    PRIMARY KEY (worker_id, version)
)
""",
    """
CREATE TABLE enrolment (
    worker_id uuid NOT NULL, enrolment_number integer NOT NULL, group_id uuid NOT NULL,
    cover_from date NOT NULL, enrolled_on date NOT NULL, recorded_at timestamptz NOT NULL, ended_on date,
    PRIMARY KEY (worker_id, enrolment_number)
)
""",
    """
CREATE TABLE review_case (
    case_id uuid NOT NULL, kind text NOT NULL, reference text NOT NULL, worker_id uuid, details jsonb NOT NULL,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (case_id),
    CONSTRAINT review_case_once UNIQUE (kind, reference)
)
""",
    """
CREATE TABLE subsidy_grant (
    grant_id uuid NOT NULL, worker_id uuid NOT NULL, group_id uuid, first_month date, last_month date,
    granted_version bigint, ended_version bigint, ended_last_month date, ended_reason text,
    PRIMARY KEY (grant_id)
)
""",
    "CREATE INDEX subsidy_grant_member ON subsidy_grant (group_id, worker_id)",
    """
CREATE TABLE member_group (
    group_id uuid NOT NULL, decree_id uuid NOT NULL, decree_number text NOT NULL, programmes text[] NOT NULL,
    income_band integer NOT NULL, first_month date NOT NULL, last_month date NOT NULL, lists integer NOT NULL,
    PRIMARY KEY (group_id)
)
""",
    """
CREATE TABLE group_member (
    group_id uuid NOT NULL, worker_id uuid NOT NULL, state text NOT NULL, list_number integer,
    refusal_reason text,
    accepted_part integer, refused_part integer, answered_on date,
    PRIMARY KEY (group_id, worker_id)
) WITH (fillfactor = 80)
""",
    "CREATE INDEX group_member_list ON group_member (group_id, list_number)",
    "CREATE INDEX group_member_waiting ON group_member (group_id) WHERE state = 'waiting'",
    "CREATE INDEX group_member_worker ON group_member (worker_id)",
    """
CREATE TABLE group_list (
    group_id uuid NOT NULL, list_number integer NOT NULL, state text NOT NULL, first_month date NOT NULL,
    rows integer NOT NULL, cut_at timestamptz NOT NULL, written_at timestamptz,
    PRIMARY KEY (group_id, list_number)
)
""",
    """
CREATE TABLE exchange_file (
    name text NOT NULL, content_sha256 text NOT NULL, state text NOT NULL, reason text, rows integer NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (name, content_sha256)
)
""",
    """
CREATE TABLE cover_line (
    worker_id uuid NOT NULL, month date NOT NULL, contribution_id uuid NOT NULL, due_version bigint,
    due_rupiah bigint, due_on date, due_at timestamptz, paid_rupiah bigint NOT NULL, payments integer NOT NULL,
    is_settled boolean NOT NULL, credited_rupiah bigint NOT NULL,
    PRIMARY KEY (worker_id, month, contribution_id)
) WITH (fillfactor = 80)
""",
    """
CREATE TABLE cover_unfunded (
    worker_id uuid NOT NULL, month date NOT NULL, version bigint NOT NULL, reason text NOT NULL,
    PRIMARY KEY (worker_id, month)
)
""",
    """
CREATE TABLE lapse_notice (
    worker_id uuid NOT NULL, month date NOT NULL, noticed_on date NOT NULL,
    PRIMARY KEY (worker_id, month)
)
""",
    """
CREATE TABLE employment (
    worker_id uuid NOT NULL, employer_id uuid NOT NULL, version bigint NOT NULL, employed_from date NOT NULL,
    employed_until date,
    PRIMARY KEY (worker_id, employer_id)
)
""",
]
_TABLES = [
    "roster",
    "roster_chunk",
    "roster_block",
    "roster_row",
    "check_list",
    "check_token",
    "worker",
    "person",
    "decision",
    "worker_history",
    "enrolment",
    "review_case",
    "subsidy_grant",
    "member_group",
    "group_member",
    "group_list",
    "exchange_file",
    "cover_line",
    "cover_unfunded",
    "lapse_notice",
    "employment",
]


def upgrade() -> None:
    kit_tables.run_statements([*kit_tables.create_statements(), *_CREATE])


def downgrade() -> None:
    drops = [f"DROP TABLE {name}" for name in reversed(_TABLES)]
    kit_tables.run_statements([*drops, *kit_tables.drop_statements()])
