"""Whether journals, balances and the contributions beneath them agree, to the rupiah."""

from __future__ import annotations

from services.subsidy.rules.ledger import Account, Move
from services.subsidy.rules.values import PROGRAMMES
from services.subsidy.store.checks.finder import finder

journals_balance = finder(
    """
    SELECT 'journal ' || journal_id, 'The entries of ' || programme || ' add up to ' || sum(amount_rupiah) || ' rupiah.'
    FROM journal_entry GROUP BY journal_id, funding_line_id, programme HAVING sum(amount_rupiah) <> 0
    """,
    """
    SELECT 'journal ' || journal_id, 'It has no entries, or entries of another funding line.' FROM journal j
    WHERE NOT EXISTS (SELECT 1 FROM journal_entry e WHERE e.journal_id = j.journal_id)
    OR EXISTS (SELECT 1 FROM journal_entry e WHERE e.journal_id = j.journal_id
               AND e.funding_line_id <> j.funding_line_id)
    """,
)
balances_equal_entries = finder(
    """
    SELECT 'balance ' || funding_line_id || ' ' || programme || ' ' || account,
        'It says ' || coalesce(b.amount_rupiah, 0) || ' rupiah; its entries add up to '
        || coalesce(e.amount_rupiah, 0) || '.'
    FROM balance b FULL JOIN (
        SELECT funding_line_id, programme, account, sum(amount_rupiah) AS amount_rupiah FROM journal_entry
        GROUP BY funding_line_id, programme, account
    ) e USING (funding_line_id, programme, account)
    WHERE coalesce(b.amount_rupiah, 0) <> coalesce(e.amount_rupiah, 0)
    """
)
_SUB_LEDGER = """
    SELECT c.funding_line_id,
        CASE WHEN p.contribution_id IS NOT NULL THEN 'paid'
             WHEN b.state IN ('instructed', 'paid-in-part', 'paid') THEN 'instructed'
             WHEN b.state IN ('billed', 'submitted', 'approved') THEN 'billed' ELSE 'reserved' END AS account,
        sum(c.jkk_rupiah) AS jkk, sum(c.jkm_rupiah) AS jkm
    FROM contribution c
    LEFT JOIN bill b ON b.bill_id = c.bill_id
    LEFT JOIN payment_line p ON p.contribution_id = c.contribution_id
    GROUP BY 1, 2
"""
balances_equal_contributions = finder(
    f"""
    SELECT 'balance ' || funding_line_id || ' ' || programme || ' ' || account,
        'It says ' || coalesce(b.amount_rupiah, 0) || ' rupiah; the contributions there add up to '
        || coalesce(s.amount_rupiah, 0) || '.'
    FROM (SELECT * FROM balance WHERE account IN ('reserved', 'billed', 'instructed', 'paid')) b FULL JOIN (
        SELECT funding_line_id, account, programme, CASE programme WHEN 'JKK' THEN jkk ELSE jkm END AS amount_rupiah
        FROM ({_SUB_LEDGER}) sub, unnest($2::text[]) programme
    ) s USING (funding_line_id, programme, account)
    WHERE coalesce(b.amount_rupiah, 0) <> coalesce(s.amount_rupiah, 0)
    """,  # noqa: S608 - text of this file
    places=(list(PROGRAMMES),),
)
budget_never_exceeded = finder(
    """
    SELECT 'balance ' || funding_line_id || ' ' || programme || ' ' || account,
        'It is below zero: the line is overspent.'
    FROM balance WHERE account <> 'appropriation' AND amount_rupiah < 0
    """,
    """
    SELECT 'funding_budget ' || f.funding_line_id || ' ' || f.programme,
        'The budget is ' || f.amount_rupiah || ' rupiah; the ledger has ' || coalesce(-b.amount_rupiah, 0) || '.'
    FROM funding_budget f JOIN funding_line l USING (funding_line_id)
    LEFT JOIN balance b ON b.funding_line_id = f.funding_line_id AND b.programme = f.programme
        AND b.account = 'appropriation'
    WHERE l.state = 'open' AND f.amount_rupiah <> coalesce(-b.amount_rupiah, 0)
    """,
)
batches_equal_contributions = finder(
    *(
        f"""
        SELECT 'journal ' || j.journal_id, 'It {move}s ' || coalesce(e.total, 0) || ' rupiah; its {lines} add up to '
            || coalesce(l.total, 0) || '.'
        FROM journal j
        LEFT JOIN (SELECT journal_id, sum(amount_rupiah) AS total FROM journal_entry WHERE account = '{account}'
                   GROUP BY journal_id) e USING (journal_id)
        LEFT JOIN (SELECT journal_id, sum(jkk_rupiah + jkm_rupiah) AS total FROM {table} GROUP BY journal_id) l
            USING (journal_id)
        WHERE j.kind = '{move}' AND coalesce(e.total, 0) <> coalesce(l.total, 0)
        """  # noqa: S608 - words of the rules, names of this file
        for move, account, table, lines in (
            (Move.RESERVE, Account.RESERVED, "contribution", "contributions"),
            (Move.PAY, Account.PAID, "payment_line", "payments"),
        )
    )
)
