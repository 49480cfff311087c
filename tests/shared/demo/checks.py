"""What can be recomputed of the stamp book."""

from __future__ import annotations

from shared.verification import Check, Facts, Verification
from tests.shared.demo import store

VERIFICATION = Verification(
    checks=[Check("booklets", "a booklet holds no more stamps than were added", store.overfull_booklets)],
    facts=[
        Facts("stamps", "source", store.stream_booklets),
        Facts("stamps", "copy", store.stream_totals),
    ],
)
