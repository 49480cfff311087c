"""Everything that a seed decides. A decision is a function of the seed and of what it is about, never of the others.

So one fault can be taken away and the rest of the history stays as it was: that is what makes a history shrink.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import Final, TypeVar

T = TypeVar("T")
_RANGE: Final = 2**32


class Chance:
    """Decisions of ``seed``. ``rates`` gives the share of occasions at which a kind of fault strikes.

    ``allowed`` (None: all) are the faults that may strike: the shrinker leaves out one after the other.
    """

    def __init__(self, seed: int, rates: Mapping[str, float], allowed: Collection[str] | None = None) -> None:
        self._prefix = f"{seed}|".encode()
        self._limits = {kind: int(rate * _RANGE) for kind, rate in rates.items() if rate > 0}
        self._allowed = None if allowed is None else frozenset(allowed)
        self._passed: dict[str, int] = {}
        self.struck: list[str] = []
        self.quiet = False

    def strikes(self, kind: str, place: str) -> str | None:
        """The name of the fault if one of ``kind`` strikes at this passage of ``place``, else None."""
        limit = self._limits.get(kind)
        if limit is None or self.quiet:
            return None
        about = f"{kind} {place}"
        number = self._passed[about] = self._passed.get(about, 0) + 1
        name = f"{about} #{number}"
        if self._drawn(name) >= limit or (self._allowed is not None and name not in self._allowed):
            return None
        self.struck.append(name)
        return name

    def can_strike(self, kind: str) -> bool:
        """Whether this seed has faults of ``kind`` at all."""
        return kind in self._limits and not self.quiet

    def number(self, about: str, below: int) -> int:
        """A number from 0 to ``below`` - 1 for ``about``; the same whenever it is asked."""
        return self._drawn(f"number {about}") * below // _RANGE

    def choose(self, about: str, among: Sequence[T]) -> T:
        """One of ``among``."""
        return among[self.number(about, len(among))]

    def maybe(self, about: str, share: float) -> bool:
        """True in ``share`` of the seeds."""
        return self._drawn(f"maybe {about}") < share * _RANGE

    def shuffled(self, about: str, values: Sequence[T]) -> list[T]:
        """``values`` in another order."""
        keyed = [(self._drawn(f"shuffle {about} {index}"), index) for index in range(len(values))]
        return [values[index] for _, index in sorted(keyed)]

    def _drawn(self, name: str) -> int:
        return int.from_bytes(blake2b(self._prefix + name.encode(), digest_size=4).digest(), "big")
