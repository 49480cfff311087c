"""What can be recomputed of subsidy, and what it and its neighbours must agree on."""

from __future__ import annotations

from services.subsidy.store import facts
from services.subsidy.store import verification as find
from shared.verification import Check, Facts, Verification

VERIFICATION = Verification(
    checks=[
        Check("journals", "the entries of every journal add up to nothing", find.journals_balance),
        Check("balances", "every balance is the sum of its entries", find.balances_equal_entries),
        Check(
            "sub-ledger",
            "reserved, billed, instructed and paid money is that of the contributions there",
            find.balances_equal_contributions,
        ),
        Check("budget", "no funding line is overspent, in any programme", find.budget_never_exceeded),
        Check("batches", "every batch reserves and pays what its contributions say", find.batches_equal_contributions),
        Check("payments", "due = paid + outstanding, worker by worker", find.payments_equal_contributions),
        Check("bills", "every bill is the sum of its lines", find.bills_equal_lines),
        Check(
            "disbursements",
            "every disbursement is over its bill and has paid its lines",
            find.disbursements_equal_bills,
        ),
        Check("claims", "one payer per worker, month and programme", find.months_claimed_once),
        Check("grants", "grants are those that the decrees name", find.grants_equal_decrees),
        Check("decrees", "every decree is what was approved, by hash", find.decrees_as_approved),
        Check("runs", "every run's totals are those of its contributions", find.runs_equal_contributions),
        Check(
            "contributions",
            "every assessed month is one that was granted, at one price a tariff",
            find.contributions_as_granted,
        ),
        Check("nobody-forgotten", "who is granted and enrolled has a month or a reason", find.nobody_forgotten),
        Check("two-people", "nobody has approved what he made himself", find.two_people),
        Check("files", "every payment was confirmed in a file that was taken", find.files_applied),
    ],
    facts=[
        Facts("worker.decision", "copy", facts.decisions),
        Facts("worker.enrolled", "copy", facts.enrolled),
        Facts("subsidy.granted", "source", facts.granted),
        Facts("contribution.due", "source", facts.due),
        Facts("contribution.paid", "source", facts.paid),
        Facts("contribution.unfunded", "source", facts.unfunded),
        Facts("notice.paid", "source", facts.paid_notices),
    ],
)
