"""What enrolment says, and has heard, of things that services must agree on: sorted streams for `payung verify`."""

from __future__ import annotations

DECISIONS = """
SELECT worker_id::text AS key, decision AS value FROM worker ORDER BY worker_id::text COLLATE "C"
"""
ENROLLED = """
SELECT worker_id::text AS key, enrolment_number || '|' || cover_from AS value
FROM worker WHERE status IN ('enrolled', 'lapsing', 'lapsed') ORDER BY worker_id::text COLLATE "C"
"""
GRANTED = """
SELECT grant_id::text AS key, worker_id || '|' || group_id || '|' || first_month || '|' || last_month AS value
FROM subsidy_grant WHERE granted_version IS NOT NULL ORDER BY grant_id::text COLLATE "C"
"""
DUE = """
SELECT contribution_id::text AS key, worker_id || '|' || month || '|' || due_rupiah AS value
FROM cover_line WHERE due_version IS NOT NULL ORDER BY contribution_id::text COLLATE "C"
"""
PAID = """
SELECT contribution_id::text AS key, worker_id || '|' || month || '|' || paid_rupiah AS value
FROM cover_line WHERE payments > 0 ORDER BY contribution_id::text COLLATE "C"
"""
# A month that found a payer after all is no longer without one.
UNFUNDED = """
SELECT u.worker_id || '|' || u.month AS key, u.reason AS value FROM cover_unfunded AS u
WHERE NOT EXISTS (
    SELECT FROM cover_line AS c
    WHERE c.worker_id = u.worker_id AND c.month = u.month AND c.due_version IS NOT NULL
)
ORDER BY u.worker_id::text COLLATE "C", u.month
"""
# Whom an officer has entered is told so; who came with a roster hears when cover begins.
REGISTERED_NOTICES = """
SELECT worker_id || '|' || to_char(registered_on, 'YYYY-MM') AS key, '' AS value FROM worker WHERE roster_id IS NULL
ORDER BY worker_id::text COLLATE "C"
"""
COVERED_NOTICES = """
SELECT worker_id || '|' || cover_from AS key, '' AS value FROM enrolment
ORDER BY (worker_id || '|' || cover_from) COLLATE "C"
"""
LAPSING_NOTICES = """
SELECT worker_id || '|' || month AS key, '' AS value FROM lapse_notice
ORDER BY worker_id::text COLLATE "C", month
"""
