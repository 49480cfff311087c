"""What can be recomputed of notification: that every fact became one message, and every message one hand-over."""

from __future__ import annotations

from services.notification import store
from services.notification.rules.states import Purpose
from shared.verification import Verification, check, facts

ask = store.checks
VERIFICATION = Verification(
    checks=[
        check("messages-counted", "there are as many messages of each purpose as events have made", ask.MISCOUNTED),
        check("message-once", "a message identifier belongs to one message", ask.DOUBLED_IDS),
        check("message-attempts", "a message has exactly the attempts that it counts", ask.WRONG_ATTEMPTS),
        check(
            "handed-over-once",
            "what was sent or delivered was handed over exactly once, what is in doubt once in doubt, all else never",
            ask.WRONG_HAND_OVERS,
        ),
        check("attempt-known", "every attempt belongs to a message and to a batch", ask.LOST_ATTEMPTS),
        check("batch-complete", "a closed batch has handed over as many messages as it says", ask.WRONG_BATCHES),
        check("batch-open", "no batch has been left open", ask.OPEN_BATCHES),
        check("waiting", "no message waits for a contact that is known", ask.WAITING_IN_VAIN),
        check("contact-sealed", "a contact is ciphertext in a known form, or erased and gone", ask.UNSEALED_CONTACTS),
    ],
    facts=[facts(f"notice.{purpose}", "copy", store.facts.NOTICES, purpose) for purpose in Purpose],
)
