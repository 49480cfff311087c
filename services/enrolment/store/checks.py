"""Questions that find rows which break a rule of enrolment; every one of them is empty when all is well."""

from __future__ import annotations

ROSTER_COUNTS = """
SELECT 'roster ' || r.roster_id AS "row",
    'It says ' || r.rows || ' rows, ' || r.accepted_rows || ' acceptable and ' || r.refused_rows || ' refused;'
    || ' there are ' || c.rows || ', ' || c.accepted || ' and ' || c.refused || '.' AS sentence
FROM roster AS r
CROSS JOIN LATERAL (
    SELECT count(*) AS rows, count(*) FILTER (WHERE status = 'accepted') AS accepted,
        count(*) FILTER (WHERE status = 'refused') AS refused
    FROM roster_row AS w WHERE w.roster_id = r.roster_id
) AS c
WHERE r.state <> 'received'
AND (r.rows, r.accepted_rows, r.refused_rows) IS DISTINCT FROM (c.rows, c.accepted, c.refused)
"""
ROWS_REGISTERED = """
SELECT 'roster_row ' || r.roster_id || ' ' || r.row_number AS "row",
    'The roster is registered, but this acceptable row has no worker.' AS sentence
FROM roster AS f JOIN roster_row AS r ON r.roster_id = f.roster_id AND r.status = 'accepted'
LEFT JOIN worker AS w ON w.roster_id = r.roster_id AND w.row_number = r.row_number
WHERE f.state = 'registered' AND w.worker_id IS NULL
UNION ALL
SELECT 'worker ' || w.worker_id, 'No acceptable row of a roster stands behind this worker.'
FROM worker AS w LEFT JOIN roster_row AS r
    ON r.roster_id = w.roster_id AND r.row_number = w.row_number AND r.status = 'accepted'
WHERE r.roster_id IS NULL AND w.roster_id IS NOT NULL
"""
FILES_FORGOTTEN = """
SELECT 'roster ' || r.roster_id AS "row", 'It is done with, but its file, its staged rows or its key are still kept.'
    AS sentence
FROM roster AS r WHERE r.state IN ('registered', 'refused') AND (
    r.wrapped_key IS NOT NULL
    OR EXISTS (SELECT FROM roster_block AS b WHERE b.roster_id = r.roster_id)
) OR r.state NOT IN ('received', 'reading') AND EXISTS (SELECT FROM roster_chunk AS c WHERE c.roster_id = r.roster_id)
"""
ONE_DECISION = """
SELECT 'worker ' || w.worker_id AS "row",
    'It has ' || count(d.decision_id) || ' decisions, ' || count(d.decision_id) FILTER (
        WHERE d.decision_id = w.decision_id AND d.outcome = w.decision
        AND (d.outcome = 'rejected') = (cardinality(d.reasons) > 0)
    ) || ' of which is the one that it names, with this outcome and its reasons.' AS sentence
FROM worker AS w LEFT JOIN decision AS d ON d.worker_id = w.worker_id
GROUP BY w.worker_id
HAVING count(d.decision_id) FILTER (
    WHERE d.decision_id = w.decision_id AND d.outcome = w.decision
    AND (d.outcome = 'rejected') = (cardinality(d.reasons) > 0)
) <> 1 OR count(d.decision_id) <> 1
UNION ALL
SELECT 'decision ' || d.decision_id, 'It is about a worker who does not exist.'
FROM decision AS d LEFT JOIN worker AS w ON w.worker_id = d.worker_id WHERE w.worker_id IS NULL
"""
ONE_PERSON = """
SELECT coalesce('worker ' || w.worker_id, 'person ' || p.worker_id) AS "row",
    CASE WHEN p.worker_id IS NULL THEN 'The vault has no entry for this worker.'
    ELSE 'The vault has an entry for a worker who does not exist.' END AS sentence
FROM worker AS w FULL JOIN person AS p ON p.worker_id = w.worker_id
WHERE w.worker_id IS NULL OR p.worker_id IS NULL
"""
HISTORY = """
SELECT 'worker ' || w.worker_id AS "row",
    'Its status is ' || w.status || ' at version ' || w.version || '; its history ends with '
    || coalesce(h.status || ' at version ' || h.version, 'nothing') || '.' AS sentence
FROM worker AS w LEFT JOIN LATERAL (
    SELECT status, version FROM worker_history AS x WHERE x.worker_id = w.worker_id ORDER BY version DESC LIMIT 1
) AS h ON true
WHERE h.status IS DISTINCT FROM w.status OR h.version > w.version
UNION ALL
SELECT 'worker_history ' || s.worker_id || ' ' || s.version,
    'A membership does not go from ' || coalesce(s.before, 'nothing') || ' to ' || s.status || '.'
FROM (
    SELECT worker_id, version, status, lag(status) OVER (PARTITION BY worker_id ORDER BY version) AS before
    FROM worker_history
) AS s
WHERE coalesce(s.before, '') || '>' || s.status <> ALL ($1::text[])
"""
ENROLMENTS = """
SELECT 'worker ' || w.worker_id AS "row",
    'It is ' || w.status || ' in enrolment ' || w.enrolment_number || '; the enrolments do not say so.' AS sentence
FROM worker AS w
LEFT JOIN enrolment AS e ON e.worker_id = w.worker_id AND e.enrolment_number = w.enrolment_number
WHERE w.status IN ('enrolled', 'lapsing', 'lapsed') AND (
    e.worker_id IS NULL OR e.cover_from IS DISTINCT FROM w.cover_from
    OR (w.status = 'lapsed') <> (e.ended_on IS NOT NULL)
)
UNION ALL
SELECT 'enrolment ' || e.worker_id || ' ' || e.enrolment_number, 'Its worker has not come that far.'
FROM enrolment AS e LEFT JOIN worker AS w ON w.worker_id = e.worker_id
WHERE w.worker_id IS NULL OR e.enrolment_number > w.enrolment_number
    OR (e.enrolment_number < w.enrolment_number AND e.ended_on IS NULL)
UNION ALL
SELECT 'worker ' || w.worker_id, 'It was enrolled ' || w.enrolment_number || ' times; there are '
    || count(e.worker_id) || ' enrolments.'
FROM worker AS w LEFT JOIN enrolment AS e ON e.worker_id = w.worker_id
GROUP BY w.worker_id HAVING count(e.worker_id) <> w.enrolment_number
"""
# A month run made lines for a group from one moment to another; whoever of the group was enrolled before the last and
# has not lapsed before the first needs one, or a reason.
COVER = """
WITH runs AS (
    SELECT c.group_id, c.month, max(c.due_at) AS last_due_at,
        greatest(to_date(c.month, 'YYYY-MM'), (min(c.due_at) AT TIME ZONE 'Asia/Makassar')::date) AS begun_on
    FROM cover_line AS c WHERE c.due_version IS NOT NULL AND c.group_id IS NOT NULL GROUP BY c.group_id, c.month
)
SELECT 'enrolment ' || e.worker_id || ' ' || e.enrolment_number AS "row",
    'The month run of ' || r.month || ' gave this worker neither a line nor a reason.' AS sentence
FROM runs AS r
JOIN enrolment AS e ON e.group_id = r.group_id AND e.cover_from <= r.month AND e.recorded_at < r.last_due_at
    AND (e.ended_on IS NULL OR e.ended_on > r.begun_on)
JOIN subsidy_grant AS g ON g.worker_id = e.worker_id AND g.group_id = e.group_id
    AND g.first_month <= r.month AND g.last_month >= r.month
    AND (g.ended_version IS NULL OR g.ended_last_month >= r.month)
WHERE NOT EXISTS (SELECT FROM cover_line AS c WHERE c.worker_id = e.worker_id AND c.month = r.month)
AND NOT EXISTS (SELECT FROM cover_unfunded AS u WHERE u.worker_id = e.worker_id AND u.month = r.month)
"""
ONE_LINE = """
SELECT 'cover_line ' || worker_id || ' ' || month AS "row",
    count(*) || ' contributions claim the same month of this worker.' AS sentence
FROM cover_line WHERE due_rupiah > 0 GROUP BY worker_id, month HAVING count(*) > 1
"""
AMOUNTS = """
SELECT 'cover_line ' || contribution_id AS "row",
    CASE WHEN due_version IS NULL THEN 'It is paid or credited, but nothing says what was due.'
    WHEN worker_is_missing THEN 'It belongs to a worker who does not exist.'
    ELSE 'Paid ' || paid_rupiah || ' rupiah of ' || due_rupiah || ' due in ' || payments || ' payments.' END AS sentence
FROM (
    SELECT c.*, w.worker_id IS NULL AS worker_is_missing
    FROM cover_line AS c LEFT JOIN worker AS w ON w.worker_id = c.worker_id
) AS l
WHERE due_version IS NULL OR worker_is_missing OR paid_rupiah > due_rupiah
    OR (payments = 0) <> (paid_rupiah = 0 AND NOT is_settled)
"""
LISTS = """
SELECT 'group_list ' || l.group_id || ' ' || l.list_number AS "row",
    'It says ' || l.rows || ' rows; ' || count(m.worker_id) || ' members are on it.' AS sentence
FROM group_list AS l LEFT JOIN group_member AS m ON m.group_id = l.group_id AND m.list_number = l.list_number
GROUP BY l.group_id, l.list_number, l.rows HAVING count(m.worker_id) <> l.rows
UNION ALL
SELECT 'group_member ' || m.group_id || ' ' || m.worker_id, 'It is ' || m.state || ' but on no list that exists.'
FROM group_member AS m
LEFT JOIN group_list AS l ON l.group_id = m.group_id AND l.list_number = m.list_number
WHERE (m.state IN ('waiting', 'withdrawn')) <> (m.list_number IS NULL)
    OR (m.list_number IS NOT NULL AND l.group_id IS NULL)
"""
MEMBERS = """
SELECT 'group_member ' || m.group_id || ' ' || m.worker_id AS "row",
    'BPJS has accepted this worker, but there is no enrolment.' AS sentence
FROM group_member AS m WHERE m.state = 'accepted'
AND NOT EXISTS (SELECT FROM enrolment AS e WHERE e.worker_id = m.worker_id)
UNION ALL
SELECT 'enrolment ' || e.worker_id || ' ' || e.enrolment_number, 'No acceptance by BPJS stands behind this enrolment.'
FROM enrolment AS e
LEFT JOIN group_member AS m ON m.group_id = e.group_id AND m.worker_id = e.worker_id AND m.state = 'accepted'
WHERE m.worker_id IS NULL
UNION ALL
SELECT 'subsidy_grant ' || g.grant_id, 'A verified worker is granted a subsidy, but is in no group.'
FROM subsidy_grant AS g JOIN worker AS w ON w.worker_id = g.worker_id AND w.decision = 'verified'
LEFT JOIN group_member AS m ON m.group_id = g.group_id AND m.worker_id = g.worker_id
WHERE g.granted_version IS NOT NULL AND m.worker_id IS NULL
"""
CHECK_LISTS = """
SELECT 'check_list ' || l.check_list_id AS "row",
    'It added ' || l.added || ' NIKs; ' || count(t.token) || ' are kept.' AS sentence
FROM check_list AS l LEFT JOIN check_token AS t ON t.check_list_id = l.check_list_id
GROUP BY l.check_list_id HAVING count(t.token) <> l.added
UNION ALL
SELECT DISTINCT 'check_list ' || t.check_list_id, 'It does not exist, but NIKs of it are kept.'
FROM check_token AS t WHERE NOT EXISTS (SELECT FROM check_list AS l WHERE l.check_list_id = t.check_list_id)
"""
NOTICES = """
SELECT 'lapse_notice ' || n.worker_id || ' ' || n.month AS "row",
    'The worker was warned of a month in which no enrolment stood.' AS sentence
FROM lapse_notice AS n
WHERE NOT EXISTS (SELECT FROM enrolment AS e WHERE e.worker_id = n.worker_id AND e.cover_from <= n.month)
UNION ALL
SELECT 'worker ' || w.worker_id, 'It is lapsing, but was never warned.' FROM worker AS w
WHERE w.status = 'lapsing' AND NOT EXISTS (SELECT FROM lapse_notice AS n WHERE n.worker_id = w.worker_id)
"""
