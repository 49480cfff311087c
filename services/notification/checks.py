"""What can be recomputed of notification: that every fact became one message, and every message one hand-over."""

from __future__ import annotations

from collections.abc import AsyncIterator

from services.notification.rules import PURPOSES
from services.notification.store import checks as store
from shared.database import Transaction
from shared.verification import Check, Facts, Verification


def _notices(purpose: str) -> Facts:
    def stream(tx: Transaction) -> AsyncIterator[tuple[str, str]]:
        return store.stream_notices(tx, purpose)

    return Facts(f"notice.{purpose}", "copy", stream)


VERIFICATION = Verification(
    checks=[
        Check("messages-counted", "there are as many messages of each purpose as events have made", store.miscounted),
        Check("message-once", "a message identifier belongs to one message", store.doubled_ids),
        Check("message-attempts", "a message has exactly the attempts that it counts", store.wrong_attempts),
        Check(
            "handed-over-once",
            "what was sent or delivered was handed over exactly once, what is in doubt once in doubt, all else never",
            store.wrong_hand_overs,
        ),
        Check("attempt-known", "every attempt belongs to a message and to a batch", store.lost_attempts),
        Check("batch-complete", "a closed batch has handed over as many messages as it says", store.wrong_batches),
        Check("batch-open", "no batch has been left open", store.open_batches),
        Check("waiting", "no message waits for a contact that is known", store.waiting_in_vain),
        Check("contact-sealed", "a contact is ciphertext in a known form, or erased and gone", store.unsealed_contacts),
    ],
    facts=[_notices(purpose) for purpose in PURPOSES],
)
