"""Ways to break compliance's data by hand: the check that must notice, and what is done.

Each is one statement on a database in which two employers have reported, corrected, paid in part and are late.
``without`` takes off a constraint that would refuse it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_OCTOBER = "(SELECT contribution_id FROM contribution WHERE month = '2026-10' AND worker_count = 3)"
_REPORT = f"(SELECT report_id FROM contribution WHERE contribution_id = {_OCTOBER})"
_BREAKS = r"""
contribution-equation without contribution_equation:
    UPDATE contribution SET outstanding_rupiah = outstanding_rupiah + 1 WHERE outstanding_rupiah > 0
contribution-equation without settled_in_full:
    UPDATE contribution SET settled_on = NULL
paid-is-allocated:
    UPDATE contribution SET paid_rupiah = paid_rupiah + 1, outstanding_rupiah = outstanding_rupiah - 1 WHERE
    outstanding_rupiah > 1
paid-is-allocated:
    DELETE FROM allocation WHERE allocation_id = (SELECT min(allocation_id::text)::uuid FROM allocation)
paid-is-allocated:
    INSERT INTO allocation SELECT gen_random_uuid(), payment_id, contribution_id, contribution_rupiah,
    fine_rupiah, allocated_at FROM allocation
payments-add-up:
    UPDATE payment SET contribution_left_rupiah = contribution_left_rupiah + 1 WHERE payment_number = 'P-1'
payments-add-up:
    UPDATE payment SET contribution_rupiah = contribution_rupiah + 1 WHERE payment_number = 'P-4'
payments-add-up:
    DELETE FROM allocation WHERE contribution_rupiah = 16200
payments-add-up:
    UPDATE payment SET payment_number = 'P-1' WHERE payment_number = 'P-4'
payments-add-up:
    INSERT INTO allocation SELECT gen_random_uuid(), p.payment_id, c.contribution_id, 5, 0, now() FROM payment
    p, contribution c WHERE p.payment_number = 'P-4' AND c.employer_id <> p.employer_id LIMIT 1
totals-are-lines:
    DELETE FROM contribution_programme WHERE contribution_id = {OCTOBER} AND programme = 'JP'
totals-are-lines:
    UPDATE contribution_programme SET employer_rupiah = employer_rupiah + 1 WHERE contribution_id = {OCTOBER}
    AND programme = 'JKK'
totals-are-lines:
    INSERT INTO contribution_programme VALUES ({OCTOBER}, 'JKP', 0, 0)
totals-are-lines:
    DELETE FROM assessment_line WHERE ctid = (SELECT min(ctid) FROM assessment_line WHERE report_id = {REPORT})
totals-are-lines:
    UPDATE contribution SET wages_rupiah = wages_rupiah + 1 WHERE contribution_id = {OCTOBER}
totals-are-lines:
    UPDATE contribution SET worker_count = 4 WHERE contribution_id = {OCTOBER}
totals-are-lines:
    UPDATE contribution SET programmes = '{JKK,JKM,JHT}' WHERE worker_count = 3
lines-are-rates:
    UPDATE assessment_line SET jkk_rupiah = jkk_rupiah + 1 WHERE ctid = (SELECT min(ctid) FROM assessment_line
    WHERE report_id = {REPORT})
lines-are-rates:
    DELETE FROM assessment_line WHERE ctid = (SELECT min(ctid) FROM assessment_line WHERE report_id = {REPORT})
lines-are-rates:
    INSERT INTO assessment_line SELECT report_id, worker_token || '\x00', 0, 0, 0, 0, 0, 0 FROM assessment_line
lines-are-rates:
    INSERT INTO assessment_line VALUES (gen_random_uuid(), '\x00', 0, 0, 0, 0, 0, 0)
lines-are-rates:
    UPDATE contribution SET risk_class = 5 WHERE worker_count = 3
lines-are-rates:
    UPDATE wage_line SET wage_rupiah = wage_rupiah + 10000 WHERE report_id = {REPORT}
reports-add-up:
    UPDATE wage_line SET wage_rupiah = wage_rupiah + 1 WHERE report_id = {REPORT}
reports-add-up:
    DELETE FROM wage_line WHERE report_id = {REPORT}
reports-add-up:
    INSERT INTO wage_line SELECT report_id, worker_token || '\x00', wage_rupiah FROM wage_line
reports-add-up:
    INSERT INTO wage_line VALUES (gen_random_uuid(), '\x00', 5000000)
reports-add-up:
    UPDATE wage_report SET worker_count = worker_count + 1
reports-add-up:
    UPDATE wage_report SET revision = 3 WHERE revision = 2
reports-add-up:
    UPDATE wage_report SET is_current = false WHERE revision = 2
files-add-up:
    DELETE FROM file_row WHERE outcome = 'refused'
files-add-up:
    UPDATE file_row SET outcome = 'refused', reason = 'nik-length' WHERE row_number = 2
files-add-up:
    INSERT INTO file_row SELECT file_id, row_number + 1000, outcome, reason FROM file_row
files-add-up:
    INSERT INTO file_row VALUES (gen_random_uuid(), 2, 'accepted', NULL)
files-add-up:
    UPDATE uploaded_file SET rows = rows + 1, accepted_rows = accepted_rows + 1
files-add-up:
    DELETE FROM payment WHERE payment_number = 'P-4'
files-add-up:
    INSERT INTO payment SELECT gen_random_uuid(), employer_id, month, 'P-5', contribution_rupiah, fine_rupiah,
    contribution_left_rupiah, fine_left_rupiah, paid_on, confirmed_on, file_id FROM payment WHERE payment_number = 'P-4'
files-add-up:
    UPDATE file_row SET outcome = 'known' WHERE row_number = 3 AND outcome = 'accepted'
money-is-matched:
    UPDATE payment SET month = '2026-10' WHERE payment_number = 'P-4'
settled-when-paid:
    UPDATE contribution SET settled_on = settled_on + 1
settled-when-paid:
    UPDATE payment SET paid_on = paid_on - 1 WHERE payment_number = 'P-1'
fines-recomputed:
    UPDATE contribution SET fine_due_rupiah = fine_due_rupiah + 1, fine_outstanding_rupiah =
    fine_outstanding_rupiah + 1 WHERE outstanding_rupiah > 0
fines-recomputed:
    UPDATE contribution SET months_late = months_late + 1 WHERE months_late > 0
fines-recomputed:
    UPDATE contribution SET fine_as_of = '2027-03-01' WHERE months_late > 0
fines-recomputed:
    UPDATE payment SET paid_on = '2026-11-20' WHERE payment_number = 'P-3'
fines-recomputed:
    INSERT INTO allocation SELECT gen_random_uuid(), payment_id, contribution_id, contribution_rupiah,
    fine_rupiah, allocated_at FROM allocation
delays-announced:
    DELETE FROM late_notice
delays-announced:
    UPDATE late_notice SET as_of = '2026-10-15'
delays-announced:
    UPDATE late_notice SET ageing_class = 'macet'
delays-announced:
    INSERT INTO late_notice SELECT contribution_id, months_late + 5, as_of, outstanding_rupiah, fine_rupiah,
    ageing_class, noticed_at FROM late_notice
audit:
    UPDATE audit_entry SET actor = 'somebody-else' WHERE position = 1
"""


class Break(NamedTuple):
    """One way to break the data."""

    check: str
    constraint: str | None
    statement: str


def _read() -> list[Break]:
    found = []
    for head, body in re.findall(r"^(\S[^:\n]*):\n((?:    .*\n)+)", _BREAKS, re.MULTILINE):
        check, _, constraint = head.partition(" without ")
        statement = " ".join(body.split()).replace("{OCTOBER}", _OCTOBER).replace("{REPORT}", _REPORT)
        found.append(Break(check, constraint or None, statement))
    return found


BREAKS = _read()

REFUSED = (
    "UPDATE contribution SET outstanding_rupiah = outstanding_rupiah + 1",
    "UPDATE contribution SET fine_due_rupiah = fine_due_rupiah + 1",
    "UPDATE contribution SET paid_rupiah = -1, outstanding_rupiah = due_rupiah + 1",
    "UPDATE contribution SET settled_on = '2026-11-01' WHERE outstanding_rupiah > 0",
    "UPDATE payment SET contribution_left_rupiah = contribution_rupiah + 1",
    "INSERT INTO payment SELECT gen_random_uuid(), employer_id, month, payment_number, contribution_rupiah,"
    " fine_rupiah, contribution_left_rupiah, fine_left_rupiah, paid_on, confirmed_on, file_id FROM payment",
    "UPDATE contribution SET month = '2026-10'",
    "UPDATE wage_report SET is_current = true",
    "INSERT INTO late_notice SELECT * FROM late_notice",
    "DELETE FROM payment",
    "DELETE FROM contribution",
    "DELETE FROM employer",
)
"""What the database refuses by itself."""
