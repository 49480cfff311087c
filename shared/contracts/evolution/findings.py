"""What the gate found, in the words that the person who made the change reads."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.evolution.change_rules import ChangeRule


@dataclass(frozen=True, slots=True)
class Finding:
    """One change that was found: the rule, the topic and version, the path inside the schema, and what happened."""

    rule: ChangeRule
    subject: str
    path: str
    happened: str

    @property
    def refused(self) -> bool:
        """Whether the change may not be made."""
        return self.rule.verdict == "refused"

    def __str__(self) -> str:
        place = f"{self.subject} {self.path}".strip()
        return f"{place}: {self.happened} [{self.rule.rule_id}]\n    Why: {self.rule.why}\n    Do: {self.rule.advice}"
