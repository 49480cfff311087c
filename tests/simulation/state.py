"""Where everything stands, in words that two histories of a seed share: people by their row, months, amounts, states.

Identifiers and moments differ between a disturbed year and an undisturbed one; what people see must not.
"""

from __future__ import annotations

from typing import Final

from tests.simulation.world import World

_WORKERS: Final = """
SELECT w.worker_id, dense_rank() OVER (ORDER BY r.uploaded_at, r.roster_id) || '/' || w.row_number AS name, w.status,
    w.decision, w.enrolment_number, coalesce(w.cover_from, '-') AS cover_from,
    (SELECT coalesce(string_agg(h.status || ' ' || h.since, ', ' ORDER BY h.version), '') FROM worker_history h
     WHERE h.worker_id = w.worker_id) AS history
FROM worker w JOIN roster r USING (roster_id)
"""
_COVER: Final = """
SELECT worker_id, month, due_rupiah, paid_rupiah, payments, is_settled, credited_rupiah FROM cover_line
UNION ALL SELECT worker_id, month, -1, -1, -1, false, -1 FROM lapse_notice
"""
_LEDGER: Final = """
SELECT l.reference, b.account, b.programme, b.amount_rupiah FROM balance b JOIN funding_line l USING (funding_line_id)
"""
_MONTHS: Final = """
SELECT c.worker_id, c.month, l.reference, c.jkk_rupiah, c.jkm_rupiah, coalesce(b.state, 'unbilled'),
    EXISTS (SELECT FROM payment_line p WHERE p.contribution_id = c.contribution_id)
FROM contribution c JOIN funding_line l USING (funding_line_id)
LEFT JOIN bill b USING (bill_id)
"""
_UNFUNDED: Final = "SELECT worker_id, month, reason FROM unfunded"
_MESSAGES: Final = "SELECT recipient_id, purpose, period::text, state, attempts FROM message"
_EMPLOYERS: Final = """
SELECT e.employer_id, e.npp, c.month, c.due_rupiah, c.paid_rupiah, c.fine_due_rupiah, c.fine_paid_rupiah,
    c.months_late, c.settled_on::text,
    (SELECT count(*) FROM late_notice n WHERE n.contribution_id = c.contribution_id)
FROM employer e LEFT JOIN contribution c USING (employer_id)
"""


async def state_of(world: World) -> list[str]:
    """A line for each thing, sorted."""
    nodes = world.nodes
    lines: list[str] = []
    names: dict[object, str] = {}
    for row in await nodes["enrolment"].rows(_WORKERS):
        names[row["worker_id"]] = row["name"]
        lines.append(f"worker {' '.join(str(value) for value in list(row)[1:])}")
    employers = await nodes["compliance"].rows(_EMPLOYERS)
    names |= {row["employer_id"]: row["npp"] for row in employers}
    lines += [f"employer {' '.join(str(value) for value in list(row)[1:])}" for row in employers]
    for service, what, question in (
        ("enrolment", "cover", _COVER),
        ("subsidy", "month", _MONTHS),
        ("subsidy", "unfunded", _UNFUNDED),
        ("notification", "message", _MESSAGES),
    ):
        for row in await nodes[service].rows(question):
            name, *values = list(row)
            lines.append(f"{what} {names.get(name, 'nobody')} {' '.join(str(value) for value in values)}")
    for row in await nodes["subsidy"].rows(_LEDGER):
        lines.append(f"ledger {' '.join(str(value) for value in row)}")
    return sorted(lines)
