"""The kit's tables and those of compliance: employers, files, wage reports, contributions, payments."""

from shared.service import kit_tables

revision = "0001"
down_revision = None
backward_compatible = False

_MONTH = "text COLLATE \"C\" NOT NULL CHECK (month ~ '^20[0-9]{2}-(0[1-9]|1[0-2])$')"

# The three tables that get a row per row of a file have no foreign keys: PostgreSQL checks those row by row, which took
# more time than everything else together. Instead checks.py finds lines without their report and rows without a file.
_CREATE = [
    """
    CREATE TABLE employer (
        employer_id uuid PRIMARY KEY,
        version bigint NOT NULL CHECK (version >= 1),
        npp text COLLATE "C" NOT NULL UNIQUE,
        name text NOT NULL,
        region_code varchar(10) COLLATE "C" NOT NULL,
        size_class text NOT NULL CHECK (size_class IN ('mikro', 'kecil', 'menengah', 'besar')),
        risk_class smallint NOT NULL CHECK (risk_class BETWEEN 1 AND 5),
        business_line text,
        programmes text[] NOT NULL CHECK (programmes @> '{JKK,JKM}'),
        worker_count integer NOT NULL CHECK (worker_count >= 0),
        bpjs_registered boolean NOT NULL,
        registered_on date NOT NULL,
        known_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX employer_region ON employer (region_code, employer_id)",
    # Contact data, sealed under a key of each contact's own; the token only tells whether they have changed.
    """
    CREATE TABLE employer_contact (
        employer_id uuid PRIMARY KEY REFERENCES employer,
        kek_id text NOT NULL,
        wrapped_key bytea,
        sealed_name bytea,
        sealed_phone bytea,
        sealed_email bytea,
        token bytea,
        changed_at timestamptz NOT NULL,
        CHECK ((wrapped_key IS NULL) = (token IS NULL))
    )
    """,
    """
    CREATE TABLE uploaded_file (
        file_id uuid PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('employers', 'wages', 'payments')),
        content_sha256 text NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
        area_codes text[] NOT NULL CHECK (cardinality(area_codes) > 0),
        uploaded_by text NOT NULL,
        uploaded_at timestamptz NOT NULL,
        rows integer NOT NULL CHECK (rows > 0),
        accepted_rows integer NOT NULL CHECK (accepted_rows >= 0),
        refused_rows integer NOT NULL CHECK (refused_rows >= 0),
        CHECK (rows = accepted_rows + refused_rows),
        UNIQUE (kind, content_sha256, area_codes)
    )
    """,
    """
    CREATE TABLE file_row (
        file_id uuid NOT NULL,
        row_number integer NOT NULL CHECK (row_number >= 2),
        outcome text NOT NULL CHECK (outcome IN ('accepted', 'known', 'refused')),
        reason text CHECK (outcome <> 'refused' OR reason IS NOT NULL),
        PRIMARY KEY (file_id, row_number)
    )
    """,
    f"""
    CREATE TABLE wage_report (
        report_id uuid PRIMARY KEY,
        employer_id uuid NOT NULL REFERENCES employer,
        month {_MONTH},
        revision integer NOT NULL CHECK (revision >= 1),
        is_current boolean NOT NULL,
        file_id uuid NOT NULL REFERENCES uploaded_file,
        worker_count integer NOT NULL CHECK (worker_count > 0),
        wages_rupiah bigint NOT NULL CHECK (wages_rupiah > 0),
        refused_rows integer NOT NULL CHECK (refused_rows >= 0),
        content_digest bytea NOT NULL,
        reported_on date NOT NULL,
        UNIQUE (employer_id, month, revision)
    )
    """,
    "CREATE UNIQUE INDEX wage_report_current ON wage_report (month, employer_id) WHERE is_current",
    # A worker is a blind-index token of the NIK, nothing else.
    """
    CREATE TABLE wage_line (
        report_id uuid NOT NULL,
        worker_token bytea NOT NULL,
        wage_rupiah bigint NOT NULL CHECK (wage_rupiah > 0),
        PRIMARY KEY (report_id, worker_token)
    )
    """,
    """
    CREATE TABLE assessment_line (
        report_id uuid NOT NULL,
        worker_token bytea NOT NULL,
        jkk_rupiah bigint NOT NULL CHECK (jkk_rupiah >= 0),
        jkm_rupiah bigint NOT NULL CHECK (jkm_rupiah >= 0),
        jht_employer_rupiah bigint NOT NULL CHECK (jht_employer_rupiah >= 0),
        jht_worker_rupiah bigint NOT NULL CHECK (jht_worker_rupiah >= 0),
        jp_employer_rupiah bigint NOT NULL CHECK (jp_employer_rupiah >= 0),
        jp_worker_rupiah bigint NOT NULL CHECK (jp_worker_rupiah >= 0),
        PRIMARY KEY (report_id, worker_token)
    )
    """,
    f"""
    CREATE TABLE contribution (
        contribution_id uuid PRIMARY KEY,
        version bigint NOT NULL CHECK (version >= 1),
        employer_id uuid NOT NULL REFERENCES employer,
        month {_MONTH},
        report_id uuid NOT NULL REFERENCES wage_report,
        risk_class smallint NOT NULL CHECK (risk_class BETWEEN 1 AND 5),
        programmes text[] NOT NULL,
        tariff text NOT NULL,
        worker_count integer NOT NULL CHECK (worker_count > 0),
        wages_rupiah bigint NOT NULL CHECK (wages_rupiah > 0),
        due_on date NOT NULL,
        due_rupiah bigint NOT NULL CHECK (due_rupiah > 0),
        paid_rupiah bigint NOT NULL CHECK (paid_rupiah >= 0),
        outstanding_rupiah bigint NOT NULL CHECK (outstanding_rupiah >= 0),
        fine_due_rupiah bigint NOT NULL CHECK (fine_due_rupiah >= 0),
        fine_paid_rupiah bigint NOT NULL CHECK (fine_paid_rupiah >= 0),
        fine_outstanding_rupiah bigint NOT NULL CHECK (fine_outstanding_rupiah >= 0),
        months_late integer NOT NULL CHECK (months_late >= 0),
        fine_as_of date,
        settled_on date,
        assessed_at timestamptz NOT NULL,
        CONSTRAINT contribution_equation CHECK (due_rupiah = paid_rupiah + outstanding_rupiah),
        CONSTRAINT fine_equation CHECK (fine_due_rupiah = fine_paid_rupiah + fine_outstanding_rupiah),
        CONSTRAINT settled_in_full CHECK (
            (settled_on IS NOT NULL) = (outstanding_rupiah = 0 AND fine_outstanding_rupiah = 0)
        ),
        UNIQUE (employer_id, month)
    )
    """,
    "CREATE INDEX contribution_owed ON contribution (due_on) WHERE outstanding_rupiah > 0",
    """
    CREATE TABLE contribution_programme (
        contribution_id uuid NOT NULL REFERENCES contribution,
        programme text NOT NULL,
        employer_rupiah bigint NOT NULL CHECK (employer_rupiah >= 0),
        worker_rupiah bigint NOT NULL CHECK (worker_rupiah >= 0),
        PRIMARY KEY (contribution_id, programme)
    )
    """,
    f"""
    CREATE TABLE payment (
        payment_id uuid PRIMARY KEY,
        employer_id uuid NOT NULL REFERENCES employer,
        month {_MONTH},
        payment_number text COLLATE "C" NOT NULL,
        contribution_rupiah bigint NOT NULL CHECK (contribution_rupiah >= 0),
        fine_rupiah bigint NOT NULL CHECK (fine_rupiah >= 0),
        contribution_left_rupiah bigint NOT NULL
            CHECK (contribution_left_rupiah BETWEEN 0 AND contribution_rupiah),
        fine_left_rupiah bigint NOT NULL CHECK (fine_left_rupiah BETWEEN 0 AND fine_rupiah),
        paid_on date NOT NULL,
        confirmed_on date NOT NULL,
        file_id uuid NOT NULL REFERENCES uploaded_file,
        UNIQUE (payment_number, month)
    )
    """,
    """
    CREATE INDEX payment_left ON payment (employer_id)
        WHERE contribution_left_rupiah > 0 OR fine_left_rupiah > 0
    """,
    # A ledger: rows are only added. What is taken back is a row with negative amounts.
    """
    CREATE TABLE allocation (
        allocation_id uuid PRIMARY KEY,
        payment_id uuid NOT NULL REFERENCES payment,
        contribution_id uuid NOT NULL REFERENCES contribution,
        contribution_rupiah bigint NOT NULL,
        fine_rupiah bigint NOT NULL,
        allocated_at timestamptz NOT NULL,
        CHECK (contribution_rupiah <> 0 OR fine_rupiah <> 0)
    )
    """,
    "CREATE INDEX allocation_contribution ON allocation (contribution_id)",
    "CREATE INDEX allocation_payment ON allocation (payment_id)",
    """
    CREATE TABLE late_notice (
        contribution_id uuid NOT NULL REFERENCES contribution,
        months_late integer NOT NULL CHECK (months_late >= 1),
        as_of date NOT NULL,
        outstanding_rupiah bigint NOT NULL CHECK (outstanding_rupiah > 0),
        fine_rupiah bigint NOT NULL CHECK (fine_rupiah >= 0),
        ageing_class text NOT NULL,
        noticed_at timestamptz NOT NULL,
        PRIMARY KEY (contribution_id, months_late)
    )
    """,
]
_TABLES = (
    "late_notice", "allocation", "payment", "contribution_programme", "contribution", "assessment_line", "wage_line",
    "wage_report", "file_row", "uploaded_file", "employer_contact", "employer",
)  # fmt: skip


def upgrade() -> None:
    kit_tables.run_statements([*kit_tables.create_statements(), *_CREATE])


def downgrade() -> None:
    kit_tables.run_statements([*(f"DROP TABLE {name}" for name in _TABLES), *kit_tables.drop_statements()])
