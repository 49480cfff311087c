"""What can be recomputed of subsidy, and what it and its neighbours must agree on."""

from __future__ import annotations

from services.subsidy import store
from shared.verification import Check, Facts, Verification

decisions, ledger, lines = store.checks.decisions, store.checks.ledger, store.checks.lines
VERIFICATION = Verification(
    checks=[
        Check("journals", "the entries of every journal add up to nothing", ledger.journals_balance),
        Check("balances", "every balance is the sum of its entries", ledger.balances_equal_entries),
        Check(
            "sub-ledger",
            "reserved, billed, instructed and paid money is that of the contributions there",
            ledger.balances_equal_contributions,
        ),
        Check("budget", "no funding line is overspent, in any programme", ledger.budget_never_exceeded),
        Check(
            "batches", "every batch reserves and pays what its contributions say", ledger.batches_equal_contributions
        ),
        Check("payments", "due = paid + outstanding, worker by worker", lines.payments_equal_contributions),
        Check("bills", "every bill is the sum of its lines", lines.bills_equal_lines),
        Check(
            "disbursements",
            "every disbursement is over its bill and has paid its lines",
            lines.disbursements_equal_bills,
        ),
        Check("claims", "one payer per worker, month and programme", lines.months_claimed_once),
        Check("grants", "grants are those that the decrees name", decisions.grants_equal_decrees),
        Check("decrees", "every decree is what was approved, by hash", decisions.decrees_as_approved),
        Check("runs", "every run's totals are those of its contributions", decisions.runs_equal_contributions),
        Check(
            "contributions",
            "every assessed month is one that was granted, at one price a tariff",
            decisions.contributions_as_granted,
        ),
        Check("nobody-forgotten", "who is granted and enrolled has a month or a reason", decisions.nobody_forgotten),
        Check("two-people", "nobody has approved what he made himself", decisions.two_people),
        Check("files", "every payment was confirmed in a file that was taken", lines.files_applied),
    ],
    facts=[
        Facts("worker.decision", "copy", store.facts.decisions),
        Facts("worker.enrolled", "copy", store.facts.enrolled),
        Facts("subsidy.granted", "source", store.facts.granted),
        Facts("contribution.due", "source", store.facts.due),
        Facts("contribution.paid", "source", store.facts.paid),
        Facts("contribution.unfunded", "source", store.facts.unfunded),
        Facts("notice.paid", "source", store.facts.paid_notices),
    ],
)
