"""Each check finds what it is there for: rows are changed, deleted or doubled by hand in a world that was whole."""

from __future__ import annotations

import pytest

from services.subsidy.checks import VERIFICATION
from tests.subsidy.play import Play, fresh_workers

# Bound triggers are off while hands are at work; that the database itself refuses is tested in test_tables.
QUIET = "ALTER TABLE journal_entry DISABLE TRIGGER journal_balances"
UNBOUND = "ALTER TABLE balance DROP CONSTRAINT balance_never_overspent"
ORPHANS = """
ALTER TABLE bill DROP CONSTRAINT bill_month_run_id_fkey;
ALTER TABLE next_bill DROP CONSTRAINT next_bill_month_run_id_fkey
"""
DOUBLED_CONTRIBUTION = """
INSERT INTO contribution SELECT gen_random_uuid(), gen_random_uuid(), funding_line_id, grant_id, group_id, worker_id,
month, region_code, occupation_code, income_band, tariff, jkk_rupiah, jkm_rupiah, due_on, journal_id, gen_random_uuid()
FROM contribution LIMIT 1
"""
DOUBLED_ENTRY = """
INSERT INTO journal_entry SELECT journal_id, funding_line_id, 'JHT', account, amount_rupiah FROM journal_entry LIMIT 1
"""
DOUBLED_GRANT = """
INSERT INTO subsidy_grant SELECT gen_random_uuid(), decree_id, funding_line_id, gen_random_uuid(), first_month,
last_month FROM subsidy_grant LIMIT 1
"""
DOUBLED_PAYMENT = """
INSERT INTO payment_line SELECT gen_random_uuid(), disbursement_id, worker_id, month, file_id, journal_id, jkk_rupiah,
jkm_rupiah, paid_on, confirmed_on FROM payment_line LIMIT 1
"""
ONE_MORE_ON_THE_BILL = """
INSERT INTO contribution SELECT gen_random_uuid(), month_run_id, funding_line_id, grant_id, group_id, gen_random_uuid(),
month, region_code, occupation_code, income_band, tariff, jkk_rupiah, jkm_rupiah, due_on, journal_id, bill_id
FROM contribution LIMIT 1
"""
STILL_COLLECTING = "UPDATE next_bill SET bill_id = (SELECT bill_id FROM bill LIMIT 1)"
WAITS_FOR_THE_NEXT = "UPDATE contribution SET bill_id = (SELECT bill_id FROM next_bill LIMIT 1)"
UNCLAIMED = """
ALTER TABLE contribution DROP CONSTRAINT contribution_pkey;
ALTER TABLE contribution DROP CONSTRAINT contribution_bill_id_worker_id_key
"""
FIRST = "(SELECT ctid FROM {0} LIMIT 1)"


def one(table: str) -> str:
    """A condition that holds for one row."""
    return f"ctid = {FIRST.format(table)}"


BREAKAGES: list[tuple[str, str]] = [
    ("journals", f"UPDATE journal_entry SET amount_rupiah = amount_rupiah + 1 WHERE {one('journal_entry')}"),
    ("journals", f"DELETE FROM journal_entry WHERE {one('journal_entry')}"),
    ("journals", DOUBLED_ENTRY),
    ("journals", "DELETE FROM journal_entry WHERE journal_id = (SELECT journal_id FROM journal LIMIT 1)"),
    ("balances", "UPDATE balance SET amount_rupiah = amount_rupiah + 1 WHERE account = 'paid'"),
    ("balances", "DELETE FROM balance WHERE account = 'paid' AND programme = 'JKK'"),
    ("balances", "DELETE FROM journal_entry WHERE account IN ('paid', 'instructed')"),
    ("sub-ledger", "UPDATE balance SET amount_rupiah = amount_rupiah + 1 WHERE account = 'reserved'"),
    ("sub-ledger", f"DELETE FROM contribution WHERE {one('contribution')}"),
    ("sub-ledger", f"UPDATE contribution SET jkk_rupiah = jkk_rupiah + 1 WHERE {one('contribution')}"),
    ("sub-ledger", DOUBLED_CONTRIBUTION),
    ("disbursements", "UPDATE bill SET state = 'requested'"),
    ("budget", "UPDATE balance SET amount_rupiah = -1 WHERE account = 'available'"),
    ("budget", "UPDATE funding_budget SET amount_rupiah = amount_rupiah - 1 WHERE programme = 'JKM'"),
    ("budget", "DELETE FROM balance WHERE account = 'appropriation' AND programme = 'JKK'"),
    ("batches", f"UPDATE contribution SET jkm_rupiah = jkm_rupiah - 1 WHERE {one('contribution')}"),
    ("batches", f"DELETE FROM payment_line WHERE {one('payment_line')}"),
    ("batches", "UPDATE contribution SET journal_id = gen_random_uuid()"),
    ("payments", f"UPDATE payment_line SET jkk_rupiah = jkk_rupiah - 1 WHERE {one('payment_line')}"),
    ("payments", f"DELETE FROM contribution WHERE {one('contribution')}"),
    ("payments", f"{WAITS_FOR_THE_NEXT} WHERE {one('contribution')}"),
    ("payments", DOUBLED_PAYMENT),
    ("bills", "UPDATE bill SET worker_count = worker_count + 1"),
    ("bills", f"{WAITS_FOR_THE_NEXT} WHERE {one('contribution')}"),
    ("bills", f"UPDATE contribution SET bill_id = gen_random_uuid() WHERE {one('contribution')}"),
    ("bills", ONE_MORE_ON_THE_BILL),
    ("bills", STILL_COLLECTING),
    ("bills", "UPDATE contribution SET group_id = gen_random_uuid()"),
    ("bills", "UPDATE bill SET group_id = gen_random_uuid()"),
    ("disbursements", "UPDATE disbursement SET jkk_rupiah = jkk_rupiah + 1"),
    ("disbursements", "UPDATE disbursement SET paid_count = paid_count - 1"),
    ("disbursements", f"DELETE FROM payment_line WHERE {one('payment_line')}"),
    ("disbursements", "UPDATE disbursement SET state = 'instructed'"),
    ("claims", "UPDATE contribution SET worker_id = (SELECT worker_id FROM worker_view LIMIT 1)"),
    ("claims", "UPDATE contribution SET contribution_id = (SELECT contribution_id FROM contribution LIMIT 1)"),
    ("grants", f"DELETE FROM subsidy_grant WHERE {one('subsidy_grant')}"),
    ("grants", DOUBLED_GRANT),
    ("grants", f"UPDATE subsidy_grant SET last_month = '2027-12' WHERE {one('subsidy_grant')}"),
    ("grants", "UPDATE decree SET granted = granted - 1"),
    ("decrees", f"DELETE FROM decree_worker WHERE {one('decree_worker')}"),
    ("decrees", f"UPDATE decree_worker SET occupation_code = 'K81' WHERE {one('decree_worker')}"),
    ("decrees", "INSERT INTO decree_worker SELECT decree_id, gen_random_uuid(), '6402', 'K11' FROM decree"),
    ("decrees", "UPDATE decree SET last_month = '2026-11'"),
    ("runs", "UPDATE month_run SET due_count = due_count + 1"),
    ("runs", "UPDATE month_run SET jkk_rupiah = jkk_rupiah - 1"),
    ("runs", f"DELETE FROM contribution WHERE {one('contribution')}"),
    ("runs", "INSERT INTO run_unfunded SELECT month_run_id, worker_id, 'no-account', 1, 1 FROM contribution LIMIT 1"),
    ("runs", "INSERT INTO run_unfunded SELECT month_run_id, gen_random_uuid(), 'no-account', 1, 1 FROM month_run"),
    ("runs", "DELETE FROM month_run"),
    ("contributions", "UPDATE contribution SET group_id = gen_random_uuid()"),
    ("contributions", "UPDATE contribution SET due_on = due_on + 1"),
    ("contributions", f"UPDATE contribution SET grant_id = gen_random_uuid() WHERE {one('contribution')}"),
    ("contributions", f"UPDATE contribution SET jkk_rupiah = jkk_rupiah + 1 WHERE {one('contribution')}"),
    ("bills", "UPDATE bill SET kode_iuran = NULL"),
    ("payments", f"UPDATE payment_line SET paid_on = '2026-11-01' WHERE {one('payment_line')}"),
    ("payments", f"UPDATE payment_line SET confirmed_on = '2026-11-01' WHERE {one('payment_line')}"),
    ("disbursements", "DELETE FROM document_number WHERE kind = 'sp2d'"),
    ("disbursements", "UPDATE disbursement SET spm_number = NULL"),
    ("two-people", "UPDATE decree SET approved_by = ' ' || upper(created_by)"),
    ("nobody-forgotten", f"DELETE FROM contribution WHERE {one('contribution')}"),
    ("nobody-forgotten", "UPDATE contribution SET worker_id = gen_random_uuid()"),
    ("two-people", "UPDATE funding_line SET approved_by = NULL"),
    ("two-people", "UPDATE decree SET approved_by = NULL"),
    ("two-people", "UPDATE disbursement SET approved_by = NULL"),
    ("files", "DELETE FROM exchange_file WHERE kind = 'confirmation'"),
    ("files", "UPDATE exchange_file SET state = 'refused'"),
    ("files", "UPDATE exchange_file SET reference_id = gen_random_uuid()"),
    (
        "files",
        "INSERT INTO confirmed_part SELECT file_id, 0, '1', '2026-11', 1, 1, '2026-11-01', '2026-11-01', 1, "
        "ARRAY[gen_random_uuid()] FROM exchange_file",
    ),
    ("files", "INSERT INTO confirmation_match SELECT file_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM exchange_file"),
    ("files", "UPDATE exchange_file SET state = 'reading'"),
]


async def broken_world(play: Play) -> None:
    """A month that is paid, and whole."""
    _, disbursement, _ = await play.instructed(3)
    play.confirm(disbursement)
    await play.received()
    assert await play.broken() == {}


def test_every_check_is_broken_here() -> None:
    assert {check.name for check in VERIFICATION.checks} == {name for name, _ in BREAKAGES}


async def test_each_check_finds_what_it_is_there_for(play: Play) -> None:
    await broken_world(play)
    missed = []
    for name, statement in BREAKAGES:
        found = await play.broken_by(QUIET, UNBOUND, ORPHANS, UNCLAIMED, statement)
        if name not in found:
            missed.append((name, " ".join(statement.split())[:90], found))
    assert not missed, [(name, statement) for name, statement, _ in missed]


async def test_a_broken_row_is_named(play: Play) -> None:
    await broken_world(play)
    bill = await play.world.value("SELECT bill_id FROM bill")
    found = await play.broken_by("UPDATE bill SET worker_count = 99")
    assert f"bill {bill}" in found["bills"]


async def test_facts_are_sorted_and_complete(play: Play) -> None:
    await play.instructed(20)
    await play.verified(fresh_workers(5))
    await play.broken()
    for fact, side, rows in [
        ("worker.decision", "copy", 25),
        ("worker.enrolled", "copy", 20),
        ("subsidy.granted", "source", 20),
        ("contribution.due", "source", 20),
        ("contribution.paid", "source", 0),
        ("contribution.unfunded", "source", 0),
        ("notice.paid", "source", 0),
    ]:
        assert len(await play.world.facts(fact, side, play.reports)) == rows, fact


@pytest.mark.parametrize("check", [check.name for check in VERIFICATION.checks])
def test_a_check_says_what_it_promises(check: str) -> None:
    (found,) = [one for one in VERIFICATION.checks if one.name == check]
    assert len(found.promise) > 20
