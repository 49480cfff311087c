"""The kit's tables and those of subsidy.

Rows of a worker and month (grants, contributions, claims, lines) have no foreign keys: a million a month would pay a
look-up each, and `payung verify` proves the same. Months are text YYYY-MM under bytewise order.
"""

from shared.service import kit_tables

revision = "0001"
down_revision = None
backward_compatible = False

_MONTH = 'varchar(7) COLLATE "C"'
_REGION = 'varchar(10) COLLATE "C"'
_AMOUNTS = "jkk_rupiah bigint NOT NULL CHECK (jkk_rupiah >= 0), jkm_rupiah bigint NOT NULL CHECK (jkm_rupiah >= 0)"
_MADE = "created_by text NOT NULL, created_at timestamptz NOT NULL"
_CHECKED = "approved_by text, approved_at timestamptz, CHECK (approved_by <> created_by)"
_LINE = "funding_line_id uuid NOT NULL REFERENCES funding_line"

_WORKERS = [
    f"""CREATE TABLE worker_view (worker_id uuid PRIMARY KEY,
    region_code {_REGION}, occupation_code varchar(8), place_version bigint NOT NULL,
    participant_kind varchar(60), kind_version bigint NOT NULL,
    decision varchar(10), decision_version bigint NOT NULL,
    enrolment_number integer, cover_from {_MONTH}, enrolled_version bigint NOT NULL,
    lapsed_version bigint NOT NULL,
    last_covered_month {_MONTH}, exited_version bigint NOT NULL,
    employed_from {_MONTH}, employed_until {_MONTH}, employed_version bigint NOT NULL)""",
    "CREATE INDEX worker_view_by_region ON worker_view (region_code, worker_id) WHERE decision = 'verified'",
    "CREATE TABLE changed_worker (worker_id uuid PRIMARY KEY)",
]
_FUNDING = [
    f"""CREATE TABLE funding_line (funding_line_id uuid PRIMARY KEY, version bigint NOT NULL,
    reference text NOT NULL UNIQUE, funding_source varchar(60) NOT NULL, region_code {_REGION} NOT NULL,
    office text NOT NULL, budget_year integer NOT NULL, first_month {_MONTH} NOT NULL, last_month {_MONTH} NOT NULL,
    worker_quota integer, legal_basis text NOT NULL, state varchar(10) NOT NULL CHECK (state IN ('draft', 'open')),
    warned_month varchar(10), {_MADE}, {_CHECKED})""",
    f"""CREATE TABLE funding_budget ({_LINE}, programme varchar(8) NOT NULL,
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah >= 0), budget_account text,
    PRIMARY KEY (funding_line_id, programme))""",
    f"""CREATE TABLE funding_amendment (amendment_id uuid PRIMARY KEY, {_LINE}, {_AMOUNTS}, legal_basis text NOT NULL,
    state varchar(10) NOT NULL CHECK (state IN ('draft', 'approved')), {_MADE}, {_CHECKED})""",
]
_LEDGER = [
    f"""CREATE TABLE journal (journal_id uuid PRIMARY KEY, kind varchar(20) NOT NULL, {_LINE},
    subject_id uuid NOT NULL, made_at timestamptz NOT NULL)""",
    f"""CREATE TABLE journal_entry (journal_id uuid NOT NULL REFERENCES journal, {_LINE},
    programme varchar(8) NOT NULL, account varchar(20) NOT NULL,
    amount_rupiah bigint NOT NULL CHECK (amount_rupiah <> 0), PRIMARY KEY (journal_id, programme, account))""",
    """CREATE FUNCTION journal_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.journal_id ELSE NEW.journal_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM journal_entry WHERE journal_id = touched
               GROUP BY funding_line_id, programme HAVING sum(amount_rupiah) <> 0) THEN
        RAISE EXCEPTION 'journal % does not balance', touched USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$""",
    """CREATE CONSTRAINT TRIGGER journal_balances AFTER INSERT OR UPDATE OR DELETE ON journal_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_must_balance()""",
    # The hard ceiling: an account below zero cannot be committed, whoever writes.
    f"""CREATE TABLE balance ({_LINE}, programme varchar(8) NOT NULL, account varchar(20) NOT NULL,
    amount_rupiah bigint NOT NULL, PRIMARY KEY (funding_line_id, programme, account),
    CONSTRAINT balance_never_overspent CHECK (CASE account WHEN 'appropriation' THEN amount_rupiah <= 0
        ELSE amount_rupiah >= 0 END))""",
]
_DECREES = [
    f"""CREATE TABLE decree (decree_id uuid PRIMARY KEY, {_LINE}, region_code {_REGION} NOT NULL,
    budget_year integer NOT NULL, number text NOT NULL, group_id uuid NOT NULL, first_month {_MONTH} NOT NULL,
    last_month {_MONTH} NOT NULL, region_codes text[] NOT NULL, max_workers integer, income_band integer NOT NULL,
    workers integer NOT NULL, eligible integer NOT NULL, content_sha256 text NOT NULL,
    state varchar(10) NOT NULL CHECK (state IN ('draft', 'approved', 'granted')), granted_on date,
    grant_cursor uuid, granted integer NOT NULL, {_MADE}, {_CHECKED}, UNIQUE (region_code, budget_year, number))""",
    f"""CREATE TABLE decree_worker (decree_id uuid NOT NULL, worker_id uuid NOT NULL, region_code {_REGION} NOT NULL,
    occupation_code varchar(8) NOT NULL, PRIMARY KEY (decree_id, worker_id))""",
    "CREATE INDEX decree_worker_by_worker ON decree_worker (worker_id)",
    f"""CREATE TABLE subsidy_grant (grant_id uuid PRIMARY KEY, decree_id uuid NOT NULL, funding_line_id uuid NOT NULL,
    worker_id uuid NOT NULL, first_month {_MONTH} NOT NULL, last_month {_MONTH} NOT NULL,
    UNIQUE (worker_id, decree_id))""",
    "CREATE INDEX subsidy_grant_by_line ON subsidy_grant (funding_line_id, worker_id)",
]
_RUNS = [
    f"""CREATE TABLE month_run (month_run_id uuid PRIMARY KEY, {_LINE}, region_code {_REGION} NOT NULL,
    month {_MONTH} NOT NULL, state varchar(10) NOT NULL CHECK (state IN ('open', 'billed', 'closed')), due_on date,
    assessing boolean NOT NULL, pass_cursor uuid, passes integer NOT NULL, due_count integer NOT NULL, {_AMOUNTS},
    {_MADE}, UNIQUE (funding_line_id, month))""",
    f"""CREATE TABLE contribution (contribution_id uuid PRIMARY KEY, month_run_id uuid NOT NULL,
    funding_line_id uuid NOT NULL, grant_id uuid NOT NULL, group_id uuid NOT NULL, worker_id uuid NOT NULL,
    month {_MONTH} NOT NULL, region_code {_REGION} NOT NULL, occupation_code varchar(8) NOT NULL,
    income_band integer NOT NULL, tariff varchar(60) NOT NULL, {_AMOUNTS}, due_on date NOT NULL,
    journal_id uuid NOT NULL, UNIQUE (month_run_id, worker_id))""",
    f"""CREATE TABLE cover_claim (worker_id uuid NOT NULL, month {_MONTH} NOT NULL, programme varchar(8) NOT NULL,
    contribution_id uuid NOT NULL, PRIMARY KEY (worker_id, month, programme))""",
    f"""CREATE TABLE unfunded (worker_id uuid NOT NULL, month {_MONTH} NOT NULL, region_code {_REGION} NOT NULL,
    funding_line_id uuid NOT NULL, reason varchar(60) NOT NULL, {_AMOUNTS}, version bigint NOT NULL,
    noticed_on date NOT NULL, PRIMARY KEY (worker_id, month))""",
    f"""CREATE TABLE run_unfunded (month_run_id uuid NOT NULL, worker_id uuid NOT NULL, reason varchar(60) NOT NULL,
    {_AMOUNTS}, PRIMARY KEY (month_run_id, worker_id))""",
]
_BILLS = [
    f"""CREATE TABLE bill (bill_id uuid PRIMARY KEY, month_run_id uuid NOT NULL REFERENCES month_run, {_LINE},
    region_code {_REGION} NOT NULL, group_id uuid NOT NULL, month {_MONTH} NOT NULL, worker_count integer NOT NULL,
    {_AMOUNTS}, state varchar(20) NOT NULL CHECK (state IN ('cut', 'requested', 'unknown', 'mismatch', 'billed',
    'submitted', 'approved', 'instructed', 'paid-in-part', 'paid')), kode_iuran text, bpjs_due_on date,
    requested_at timestamptz, {_MADE})""",
    "CREATE INDEX bill_by_state ON bill (state)",
    "CREATE INDEX bill_by_run ON bill (month_run_id)",
    """CREATE TABLE bill_line (bill_id uuid NOT NULL, worker_id uuid NOT NULL, contribution_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (bill_id, worker_id))""",
    f"""CREATE TABLE disbursement (disbursement_id uuid PRIMARY KEY, version bigint NOT NULL,
    bill_id uuid NOT NULL UNIQUE REFERENCES bill, {_LINE}, region_code {_REGION} NOT NULL,
    worker_count integer NOT NULL, {_AMOUNTS}, state varchar(20) NOT NULL CHECK (state IN ('submitted',
    'approved', 'instructed', 'unknown', 'paid-in-part', 'paid')), spp_number text NOT NULL,
    submitted_on date NOT NULL, spm_number text, approved_on date,
    sp2d_number text, instructed_on date, instructed_by text, payment_id uuid, sent_at timestamptz, settled_on date,
    paid_count integer NOT NULL, paid_jkk_rupiah bigint NOT NULL, paid_jkm_rupiah bigint NOT NULL, {_MADE}, {_CHECKED},
    CHECK (paid_jkk_rupiah <= jkk_rupiah AND paid_jkm_rupiah <= jkm_rupiah AND paid_count <= worker_count))""",
    f"""CREATE TABLE document_number (kind varchar(10) NOT NULL, region_code {_REGION} NOT NULL,
    budget_year integer NOT NULL, number text NOT NULL, disbursement_id uuid NOT NULL,
    PRIMARY KEY (kind, region_code, budget_year, number))""",
]
_EXCHANGE = [
    """CREATE TABLE exchange_file (name text NOT NULL, sha256 text NOT NULL, file_id uuid NOT NULL UNIQUE,
    kind varchar(20) NOT NULL, reference_id uuid, state varchar(20) NOT NULL CHECK (state IN ('paying', 'applied',
    'repeated', 'refused')), reason text, rows integer NOT NULL, total_rupiah bigint NOT NULL,
    received_at timestamptz NOT NULL, PRIMARY KEY (name, sha256))""",
    "CREATE INDEX exchange_file_paying ON exchange_file (received_at) WHERE state = 'paying'",
    f"""CREATE TABLE confirmation_row (file_id uuid NOT NULL, worker_id uuid NOT NULL, kode_iuran text NOT NULL,
    month {_MONTH} NOT NULL, {_AMOUNTS}, paid_on date NOT NULL, confirmed_on date NOT NULL,
    PRIMARY KEY (file_id, worker_id))""",
    f"""CREATE TABLE payment_line (contribution_id uuid PRIMARY KEY, disbursement_id uuid NOT NULL,
    worker_id uuid NOT NULL, month {_MONTH} NOT NULL, file_id uuid NOT NULL, journal_id uuid NOT NULL, {_AMOUNTS},
    paid_on date NOT NULL, confirmed_on date NOT NULL)""",
    f"""CREATE TABLE subsidy_case (case_id uuid PRIMARY KEY, kind varchar(60) NOT NULL, subject text NOT NULL,
    region_code {_REGION} NOT NULL, details jsonb NOT NULL, opened_at timestamptz NOT NULL, closed_at timestamptz,
    UNIQUE (kind, subject))""",
    "CREATE INDEX subsidy_case_in_order ON subsidy_case (opened_at, case_id)",
]
_CREATE = [*_WORKERS, *_FUNDING, *_LEDGER, *_DECREES, *_RUNS, *_BILLS, *_EXCHANGE]
_TABLES = (
    "subsidy_case payment_line confirmation_row exchange_file document_number disbursement bill_line bill run_unfunded "
    "unfunded cover_claim contribution month_run subsidy_grant decree_worker decree balance journal_entry journal "
    "funding_amendment funding_budget funding_line changed_worker worker_view"
)
_DROP = [*(f"DROP TABLE {name}" for name in _TABLES.split()), "DROP FUNCTION journal_must_balance"]


def upgrade() -> None:
    kit_tables.run_statements([*kit_tables.create_statements(), *_CREATE])


def downgrade() -> None:
    kit_tables.run_statements([*_DROP, *kit_tables.drop_statements()])
