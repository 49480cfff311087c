"""Chance that is the same everywhere: only ``random()`` of a seeded generator is promised not to change with Python.

So choosing and shuffling are written here on top of it, and a seed gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")

_TICKETS = 4096


def seeded(seed: int, purpose: str) -> Callable[[], float]:
    """Numbers from 0 up to below 1, another sequence for each purpose: more employers do not change the workers."""
    return Random(f"payung-sample/{seed}/{purpose}").random  # noqa: S311 - a sample, no secret


class Lot(Generic[T]):
    """Draws things by weight. Weights become tickets, so a draw costs one look-up; rare things keep a ticket."""

    def __init__(self, weighted: Iterable[tuple[T, int]]) -> None:
        pairs = [(thing, weight) for thing, weight in weighted if weight > 0]
        total = sum(weight for _, weight in pairs)
        self.tickets: list[T] = [
            thing for thing, weight in pairs for _ in range(max(1, round(weight * _TICKETS / total)))
        ]

    def draw(self, chance: Callable[[], float]) -> T:
        """One of the things."""
        return self.tickets[int(chance() * len(self.tickets))]


def choose(things: Sequence[T], chance: Callable[[], float]) -> T:
    """One of the things, each as likely as the others."""
    return things[int(chance() * len(things))]


def between(first: int, last: int, chance: Callable[[], float]) -> int:
    """A whole number from ``first`` to ``last``, both included."""
    return first + int(chance() * (last - first + 1))


def shuffle(things: list[T], chance: Callable[[], float]) -> None:
    """Put ``things`` into a random order."""
    for last in range(len(things) - 1, 0, -1):
        other = int(chance() * (last + 1))
        things[last], things[other] = things[other], things[last]


def deal(shares: Mapping[T, int], rest: T, count: int, chance: Callable[[], float], *, deck_size: int) -> Iterator[T]:
    """``count`` kinds in random order: in every ``deck_size`` exactly as many of each as its share, else ``rest``.

    Exact shares instead of likely ones: a small sample has its dirt, too.
    """
    deck = [kind for kind, share in shares.items() for _ in range(share)]
    deck += [rest] * (deck_size - len(deck))
    for start in range(0, count, deck_size):
        shuffle(deck, chance)
        yield from deck[: count - start]
