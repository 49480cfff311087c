"""What a service declares so that anybody can recompute that its promises hold, alone and against the others.

A `Check` finds rows of one database that break a rule. `Facts` are what a service says, or has heard, about something
that two services must agree on; `payung verify` compares them without either knowing the other.
"""

from shared.verification.compare import FactsFile, compare_facts
from shared.verification.declaration import MAX_BROKEN, Broken, Check, Facts, Verification
from shared.verification.questions import broken, check, facts

__all__ = [
    "MAX_BROKEN",
    "Broken",
    "Check",
    "Facts",
    "FactsFile",
    "Verification",
    "broken",
    "check",
    "compare_facts",
    "facts",
]
