"""What services share about cases (what a person has to look at): kinds with their titles and advice in a table.

How a case is opened and closed is each service's own: enrolment's stay, subsidy's close when their cause is gone and
open again when it returns, and compliance's are no rows at all but what its money says at the moment.
"""

from shared.cases.kinds import CaseKinds, KindOfCase, load_case_kinds
from shared.cases.texts import CaseTexts

__all__ = ["CaseKinds", "CaseTexts", "KindOfCase", "load_case_kinds"]
