"""Whether payments, bills, disbursements, claims and files say the same of every worker's month."""

from __future__ import annotations

from services.subsidy.store.checks.finder import finder

payments_equal_contributions = finder(
    """
    SELECT 'payment_line ' || p.contribution_id, 'What was paid is not what was due, or nothing was due.'
    FROM payment_line p LEFT JOIN contribution c USING (contribution_id)
    WHERE (p.jkk_rupiah, p.jkm_rupiah, p.worker_id, p.month)
        IS DISTINCT FROM (c.jkk_rupiah, c.jkm_rupiah, c.worker_id, c.month)
    """,
    """
    SELECT 'payment_line ' || p.contribution_id, 'It stands on no bill of the disbursement that paid it.'
    FROM payment_line p LEFT JOIN disbursement d USING (disbursement_id)
    LEFT JOIN contribution c ON c.contribution_id = p.contribution_id
    WHERE d.bill_id IS DISTINCT FROM c.bill_id OR c.bill_id IS NULL
    """,
    """
    SELECT 'payment_line ' || p.contribution_id, 'It was paid before it was ordered, or confirmed before it was paid.'
    FROM payment_line p JOIN disbursement d USING (disbursement_id)
    WHERE d.instructed_on IS NULL OR p.paid_on < d.instructed_on OR p.confirmed_on < p.paid_on
    """,
)
bills_equal_lines = finder(
    """
    SELECT 'bill ' || bill_id, 'It says ' || b.worker_count || ' workers and ' || (b.jkk_rupiah + b.jkm_rupiah)
        || ' rupiah; its lines have ' || coalesce(l.workers, 0) || ' and ' || coalesce(l.jkk + l.jkm, 0) || '.'
    FROM bill b LEFT JOIN (
        SELECT bill_id, count(*) AS workers, sum(jkk_rupiah) AS jkk, sum(jkm_rupiah) AS jkm
        FROM contribution GROUP BY bill_id
    ) l USING (bill_id)
    WHERE (b.worker_count, b.jkk_rupiah, b.jkm_rupiah) IS DISTINCT FROM (l.workers, l.jkk, l.jkm)
    """,
    """
    SELECT 'contribution ' || c.contribution_id, 'It stands on no bill of its run and group, and no bill will take it.'
    FROM contribution c LEFT JOIN (
        SELECT bill_id, month_run_id, group_id FROM bill UNION ALL SELECT bill_id, month_run_id, group_id FROM next_bill
    ) b USING (bill_id)
    WHERE (b.month_run_id, b.group_id) IS DISTINCT FROM (c.month_run_id, c.group_id)
    """,
    """
    SELECT 'bill ' || bill_id, 'It is cut, and still takes in what its run assesses.'
    FROM bill JOIN next_bill USING (bill_id)
    """,
    """
    SELECT 'bill ' || b.bill_id, 'It has no kode iuran although it is billed, or shares one with another bill.'
    FROM bill b WHERE (b.kode_iuran IS NULL) <> (b.state IN ('cut', 'requested', 'unknown', 'mismatch'))
    OR EXISTS (SELECT 1 FROM bill o WHERE o.kode_iuran = b.kode_iuran AND o.bill_id <> b.bill_id)
    """,
)
disbursements_equal_bills = finder(
    """
    SELECT 'disbursement ' || disbursement_id, 'It is not over what its bill says, or has paid other than its lines.'
    FROM disbursement d LEFT JOIN bill b USING (bill_id) LEFT JOIN (
        SELECT disbursement_id, count(*) AS workers, sum(jkk_rupiah) AS jkk, sum(jkm_rupiah) AS jkm
        FROM payment_line GROUP BY disbursement_id
    ) p USING (disbursement_id)
    WHERE (d.worker_count, d.jkk_rupiah, d.jkm_rupiah) IS DISTINCT FROM (b.worker_count, b.jkk_rupiah, b.jkm_rupiah)
    OR (d.paid_count, d.paid_jkk_rupiah, d.paid_jkm_rupiah)
        <> (coalesce(p.workers, 0), coalesce(p.jkk, 0), coalesce(p.jkm, 0))
    OR ((d.state = 'paid') <> (d.paid_count = d.worker_count))
    """,
    """
    SELECT 'bill ' || b.bill_id,
        'It is ' || b.state || '; its disbursement is ' || coalesce(d.state, 'not there') || '.'
    FROM bill b LEFT JOIN disbursement d USING (bill_id)
    WHERE CASE WHEN d.bill_id IS NULL THEN b.state NOT IN ('cut', 'requested', 'unknown', 'mismatch', 'billed')
        ELSE b.state <> CASE d.state WHEN 'unknown' THEN 'instructed' ELSE d.state END END
    """,
    """
    SELECT 'disbursement ' || d.disbursement_id, 'Its ' || upper(document.kind) || ' has no number, or a free one.'
    FROM disbursement d CROSS JOIN LATERAL unnest(ARRAY['spp', 'spm', 'sp2d'],
        ARRAY[d.spp_number, d.spm_number, d.sp2d_number],
        ARRAY[true, d.state <> 'submitted', d.state NOT IN ('submitted', 'approved')]) document (kind, number, issued)
    LEFT JOIN document_number n ON n.disbursement_id = d.disbursement_id AND n.kind = document.kind
    WHERE (document.number IS NOT NULL) <> issued OR (n.number IS NOT NULL) <> issued
    """,
)
months_claimed_once = finder(
    """
    SELECT 'contribution of ' || worker_id || ' ' || month, 'Two payers have the worker''s month.'
    FROM contribution GROUP BY worker_id, month HAVING count(*) > 1
    """,
    """
    SELECT 'contribution ' || contribution_id, 'Another worker''s month, or another month, has the same identifier.'
    FROM contribution GROUP BY contribution_id HAVING count(*) > 1
    """,
)
files_applied = finder(
    """
    SELECT 'exchange_file ' || file_id, 'Parts of it wait although it is neither read nor paid.'
    FROM confirmed_part LEFT JOIN exchange_file f USING (file_id)
    WHERE f.state IS NULL OR f.state NOT IN ('reading', 'paying') GROUP BY file_id
    """,
    """
    SELECT 'exchange_file ' || file_id, 'It is being read, and nobody knows how far; or it is read, and still compared.'
    FROM exchange_file f FULL JOIN confirmation_match m USING (file_id)
    WHERE (f.state IS NOT DISTINCT FROM 'reading') <> (m.file_id IS NOT NULL)
    """,
    """
    SELECT 'payment_line ' || contribution_id, 'No confirmation that was taken says so.'
    FROM payment_line p LEFT JOIN exchange_file f USING (file_id)
    WHERE f.file_id IS NULL OR f.reference_id IS DISTINCT FROM p.disbursement_id OR f.state NOT IN ('paying', 'applied')
    """,
)
