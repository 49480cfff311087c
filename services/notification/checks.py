"""What can be recomputed of notification: that every fact became one message, and every message one hand-over."""

from __future__ import annotations

from functools import partial

from services.notification import store
from services.notification.rules.states import Purpose
from shared.verification import Check, Facts, Verification

VERIFICATION = Verification(
    checks=[
        Check(
            "messages-counted",
            "there are as many messages of each purpose as events have made",
            store.checks.miscounted,
        ),
        Check("message-once", "a message identifier belongs to one message", store.checks.doubled_ids),
        Check("message-attempts", "a message has exactly the attempts that it counts", store.checks.wrong_attempts),
        Check(
            "handed-over-once",
            "what was sent or delivered was handed over exactly once, what is in doubt once in doubt, all else never",
            store.checks.wrong_hand_overs,
        ),
        Check("attempt-known", "every attempt belongs to a message and to a batch", store.checks.lost_attempts),
        Check(
            "batch-complete", "a closed batch has handed over as many messages as it says", store.checks.wrong_batches
        ),
        Check("batch-open", "no batch has been left open", store.checks.open_batches),
        Check("waiting", "no message waits for a contact that is known", store.checks.waiting_in_vain),
        Check(
            "contact-sealed",
            "a contact is ciphertext in a known form, or erased and gone",
            store.checks.unsealed_contacts,
        ),
    ],
    facts=[Facts(f"notice.{purpose}", "copy", partial(store.facts.notices, purpose=purpose)) for purpose in Purpose],
)
