"""Values that the contracts declare and that no service sends yet, each with what is missing.

Readers may prepare for them; nobody waits for them. A test compares this list with the services' code in both
directions (tests/shared/contracts/test_values_and_code.py): a value stays here as long as nothing can send it, and
leaves when something does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_NO_PARLIAMENT = "members of parliament are not registered yet"
_ONLY_JKK_JKM = "the programme pays for work accident and death only"
_NOBODY_PAYS_JKP = "no contribution is charged for JKP: the state and a part of JKK finance it"
_NO_AMENDMENT_BUT_OF_MONEY = "only a line's budget can be amended yet"
_NO_SELF_PAYER = "workers who pay for themselves are not assessed yet"
_NO_OUTCOME_BUT_PAID = (
    "settled is what is paid in full; an order that is paid in part or not at all stays open as a case"
)
_NO_SUCH_RECIPIENT = "nobody of this kind is told anything yet"
_NO_SUCH_MESSAGE = "there is no such message yet"
_NO_SUCH_CHANNEL = "there is no such channel yet"

_SUBSIDISED = {"JHT": _ONLY_JKK_JKM, "JP": _ONLY_JKK_JKM, "JKP": _ONLY_JKK_JKM}
_MESSAGES = ("notification.sent", "notification.delivered", "notification.failed")
_DISBURSEMENTS = ("disbursement.submitted", "disbursement.approved", "disbursement.instructed", "disbursement.settled")

_ENTRIES: tuple[tuple[tuple[str, ...], str, Mapping[str, str]], ...] = (
    (("worker.registered", "worker.verified", "worker.enrolled"), "participant_kind", {"dprd": _NO_PARLIAMENT}),
    (
        ("worker.registered",),
        "origin",
        {"agent": "agents have no way in yet", "self": "people cannot register themselves yet"},
    ),
    (("worker.verified", "worker.rejected"), "decision_kind", {"manual": "no officer decides on a person yet"}),
    (
        ("worker.rejected",),
        "reasons",
        {
            "already-covered": "BPJS is not asked before somebody is verified",
            "duplicate": "a second row of the same person is refused when the list is read, before anybody registers",
            "identity-invalid": "a row with a wrong NIK is refused when the list is read, before anybody registers",
            "outside-area": "a row of another area is refused when the list is read, before anybody registers",
        },
    ),
    (("worker.enrolled", "subsidy.granted"), "programmes", _SUBSIDISED),
    (
        ("worker.contact", "employer.contact"),
        "algorithm",
        {"AES-256-GCM": "every writer seals in Payung's own layout, payung-vault-1"},
    ),
    (("funding.opened", "funding.changed", "contribution.unfunded", *_DISBURSEMENTS), "amounts_rupiah", _SUBSIDISED),
    (
        ("funding.changed",),
        "reason",
        {
            "office-moved": _NO_AMENDMENT_BUT_OF_MONEY,
            "period-changed": _NO_AMENDMENT_BUT_OF_MONEY,
            "corrected": _NO_AMENDMENT_BUT_OF_MONEY,
            "closed": "a line cannot be closed yet",
        },
    ),
    (("contribution.due", "contribution.paid"), "payer_kind", {"self": _NO_SELF_PAYER}),
    (("contribution.due", "contribution.paid"), "amounts_rupiah", {"JKP": _NOBODY_PAYS_JKP}),
    (
        ("contribution.unfunded",),
        "reason",
        {
            "line-closed": "a month is only run on an open line, and a line cannot be closed yet",
            "no-grant": "a month is only run for workers whom a decree grants it",
        },
    ),
    (
        ("disbursement.settled",),
        "outcome",
        {
            "paid-in-part": _NO_OUTCOME_BUT_PAID,
            "returned": _NO_OUTCOME_BUT_PAID,
            "cancelled": "an order cannot be cancelled yet",
        },
    ),
    (("employer.changed",), "changed", {"closed": "the employers' file does not say who has closed"}),
    (
        _MESSAGES,
        "recipient_kind",
        {"heir": _NO_SUCH_RECIPIENT, "officer": _NO_SUCH_RECIPIENT, "agency": _NO_SUCH_RECIPIENT},
    ),
    (
        _MESSAGES,
        "purpose",
        {"rejected": _NO_SUCH_MESSAGE, "lapsed": _NO_SUCH_MESSAGE, "death-benefit": _NO_SUCH_MESSAGE},
    ),
    (_MESSAGES, "channel", {"sms": _NO_SUCH_CHANNEL, "whatsapp": _NO_SUCH_CHANNEL, "webhook": _NO_SUCH_CHANNEL}),
    (("notification.failed",), "reason", {"cost-cap": "no channel that costs anything is there yet"}),
)

PLANNED_VALUES: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    (topic, field): values for topics, field, values in _ENTRIES for topic in topics
}
"""By topic and field: the values that do not occur yet, each with the reason."""


def planned_values(topic: str, field: str) -> Mapping[str, str]:
    """The values of ``field`` on ``topic`` that nobody sends yet, each with the reason."""
    return PLANNED_VALUES.get((topic, field), {})
