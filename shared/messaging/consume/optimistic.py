"""Whether a batch is first tried as if every event of it were new, which is nearly always true.

Asking PostgreSQL to look out for rows that are there already costs as much as writing them. So the first attempt writes
without looking (`UnitOfWork.optimistic`) and is given up as a whole when it meets one; then the same batch is applied
with care. A reader that keeps meeting repeats pays for both, so after each failure it goes without trying for twice as
many batches as before.
"""

from __future__ import annotations

LONGEST_REST_BATCHES = 16


class Optimism:
    """When to try, learned from how it went before."""

    def __init__(self, longest_rest_batches: int = LONGEST_REST_BATCHES) -> None:
        self._longest = longest_rest_batches
        self._rest = 0
        self._left = 0

    def tries(self) -> bool:
        """Whether the next batch is tried so; counts the batches that are not."""
        if self._left:
            self._left -= 1
            return False
        return True

    def note(self, *, worked: bool) -> None:
        """Learn how an attempt went."""
        self._rest = 0 if worked else min(2 * self._rest or 1, self._longest)
        self._left = self._rest
