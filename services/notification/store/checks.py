"""The questions of verification. Each finds rows that contradict others; none reads ciphertext."""

from __future__ import annotations

# Each gives what is broken and a sentence about it.
MISCOUNTED = """
SELECT 'message ' || purpose AS "row",
    format('Events have made %s, %s are there.', coalesce(a.n, 0), coalesce(m.n, 0)) AS sentence
FROM (SELECT purpose, count(*) AS n FROM message GROUP BY purpose) m
FULL JOIN (SELECT purpose, sum(messages) AS n FROM arrival GROUP BY purpose) a USING (purpose)
WHERE coalesce(m.n, 0) <> coalesce(a.n, 0) ORDER BY purpose
"""
DOUBLED_IDS = """
SELECT 'message ' || message_id AS "row", format('%s messages have this identifier.', count(*)) AS sentence
FROM message GROUP BY message_id HAVING count(*) > 1 ORDER BY message_id
"""
WRONG_ATTEMPTS = """
SELECT 'message ' || m.message_id AS "row",
    format('It counts %s attempts, %s are there.', m.attempts, coalesce(a.n, 0)) AS sentence
FROM message m LEFT JOIN (
    SELECT message_id, count(*) AS n, max(attempt) AS last, min(attempt) AS first FROM attempt GROUP BY message_id
) a USING (message_id)
WHERE m.attempts <> coalesce(a.n, 0) OR coalesce(a.n, 0) <> coalesce(a.last, 0) OR a.first < 1
ORDER BY m.message_id
"""
WRONG_HAND_OVERS = """
SELECT 'message ' || m.message_id AS "row",
    format('It is %s; it was handed over %s times and %s times in doubt.', m.state, coalesce(a.taken, 0),
        coalesce(a.doubtful, 0)) AS sentence
FROM message m LEFT JOIN (
    SELECT message_id,
        count(*) FILTER (WHERE outcome IN ('arrived', 'accepted')) AS taken,
        count(*) FILTER (WHERE outcome = 'arrived') AS arrived,
        count(*) FILTER (WHERE outcome = 'unknown') AS doubtful
    FROM attempt GROUP BY message_id
) a USING (message_id)
WHERE coalesce(a.taken, 0) <> (m.state IN ('sent', 'delivered'))::int
    OR coalesce(a.arrived, 0) <> (m.state = 'delivered')::int
    OR coalesce(a.doubtful, 0) <> (m.state = 'unknown')::int
ORDER BY m.message_id
"""
LOST_ATTEMPTS = """
SELECT format('attempt %s %s', a.message_id, a.attempt) AS "row",
    format('Its %s is missing.', CASE WHEN b.batch_id IS NULL THEN 'batch' ELSE 'message' END) AS sentence
FROM attempt a
LEFT JOIN delivery_batch b ON b.batch_id = a.batch_id
LEFT JOIN message m ON m.message_id = a.message_id
WHERE b.batch_id IS NULL OR m.message_id IS NULL
ORDER BY a.message_id, a.attempt
"""
WRONG_BATCHES = """
SELECT 'delivery_batch ' || b.batch_id AS "row",
    format('It says %s handed over of %s; its attempts say %s of %s.', b.handed_over, b.messages,
        coalesce(a.taken, 0), coalesce(a.n, 0)) AS sentence
FROM delivery_batch b LEFT JOIN (
    SELECT batch_id, count(*) AS n, count(*) FILTER (WHERE outcome IN ('arrived', 'accepted')) AS taken
    FROM attempt GROUP BY batch_id
) a USING (batch_id)
WHERE b.closed_at IS NOT NULL AND (b.handed_over <> coalesce(a.taken, 0) OR coalesce(a.n, 0) > b.messages)
ORDER BY b.batch_id
"""
OPEN_BATCHES = """
SELECT 'delivery_batch ' || batch_id AS "row",
    'It is open; let the jobs process finish it, then verify again.' AS sentence
FROM delivery_batch WHERE closed_at IS NULL ORDER BY batch_id
"""
WAITING_IN_VAIN = """
SELECT 'message ' || m.message_id AS "row", 'It waits for a contact that is known.' AS sentence
FROM message m JOIN contact c USING (recipient_id)
WHERE m.state = 'waiting-contact' ORDER BY m.message_id
"""
# A sealed contact is 61 bytes of key, 29 of overhead and some JSON: never short, never with a space or an @.
UNSEALED_CONTACTS = """
SELECT 'contact ' || recipient_id AS "row", 'It is neither sealed nor erased.' AS sentence FROM contact
WHERE (ciphertext IS NULL) <> (erased_at IS NOT NULL)
    OR (ciphertext IS NOT NULL AND (length(ciphertext) < 120 OR ciphertext !~ '^[A-Za-z0-9+/]+={0,2}$'))
ORDER BY recipient_id
"""
