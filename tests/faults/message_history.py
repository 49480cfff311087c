"""Judges messages: what notification says it has handed over against what lies in the mailbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from tests.faults.anomalies import Anomaly, Class

HANDED_OVER = frozenset({"sent", "delivered"})


def judge_messages(states: Mapping[str, str], letters: Iterable[str]) -> Iterator[Anomaly]:
    """Judge the ``letters`` of the mailbox (their message ids) against ``states`` by message id."""
    copies = Counter(letters)
    for message_id, count in copies.items():
        if count > 1:
            yield Anomaly(Class.DUPLICATE, "mailbox", f"message {message_id}: handed over {count} times")
        if states.get(message_id) not in HANDED_OVER:
            state = states.get(message_id, "unknown to the service")
            yield Anomaly(Class.FROM_NOTHING, "mailbox", f"message {message_id}: handed over, and it is {state}")
    for message_id, state in states.items():
        if state in HANDED_OVER and message_id not in copies:
            yield Anomaly(Class.LOST, "mailbox", f"message {message_id}: {state}, and not in the mailbox")
