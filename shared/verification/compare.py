"""Compares what services say with what others have heard, as sorted files, so that millions of facts need no memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.verification.declaration import MAX_BROKEN, Broken


@dataclass(frozen=True, slots=True)
class FactsFile:
    """A service's side of a fact: lines ``key TAB value``, sorted bytewise by key."""

    name: str
    side: Literal["source", "copy"]
    service: str
    path: Path


def compare_facts(files: Sequence[FactsFile]) -> dict[str, list[Broken]]:
    """By name of the fact, what does not agree (at most `MAX_BROKEN` each); an empty list where all does.

    A fact that only copies speak of counts as missing at its source; one without any copy needs no agreement.
    """
    result: dict[str, list[Broken]] = {}
    for name in sorted({file.name for file in files}):
        sources = [file for file in files if file.name == name and file.side == "source"]
        copies = [file for file in files if file.name == name and file.side == "copy"]
        broken = _doubled(name, sources)
        for copy in copies:
            broken += _differences(name, sources, copy)
        result[name] = broken[:MAX_BROKEN]
    return result


def _lines(file: FactsFile) -> Iterator[tuple[bytes, bytes]]:
    previous: bytes | None = None
    with file.path.open("rb") as lines:
        for line in lines:
            key, _, value = line.rstrip(b"\n").partition(b"\t")
            if previous is not None and key < previous:
                raise ValueError(f"{file.service} gives the fact {file.name} out of order; sort it by key COLLATE C.")
            previous = key
            yield key, value


def _doubled(name: str, sources: Sequence[FactsFile]) -> list[Broken]:
    """Keys that more than one row of a source, or more than one source, claims."""
    broken: list[Broken] = []
    previous: bytes | None = None
    for key, _ in heapq.merge(*(_lines(source) for source in sources)):
        if key == previous and len(broken) < MAX_BROKEN:
            broken.append(Broken(f"{name} {key.decode()}", "It is there twice at its source."))
        previous = key
    return broken


def _differences(name: str, sources: Sequence[FactsFile], copy: FactsFile) -> list[Broken]:
    broken: list[Broken] = []
    owners = ", ".join(sorted({source.service for source in sources})) or "nobody"
    told, heard = heapq.merge(*(_lines(source) for source in sources)), _lines(copy)
    left, right = next(told, None), next(heard, None)
    while (left or right) and len(broken) < MAX_BROKEN:
        if left is not None and (right is None or left[0] < right[0]):
            broken.append(_broken(name, left[0], f"{owners} says it; {copy.service} does not have it."))
            left = next(told, None)
        elif right is not None and (left is None or right[0] < left[0]):
            broken.append(_broken(name, right[0], f"{copy.service} has it (once more); {owners} never said it."))
            right = next(heard, None)
        elif left is not None and right is not None:
            if left[1] != right[1]:
                words = f"{owners} says '{left[1].decode()}', {copy.service} has '{right[1].decode()}'."
                broken.append(_broken(name, left[0], words))
            left, right = next(told, None), next(heard, None)
    return broken


def _broken(name: str, key: bytes, sentence: str) -> Broken:
    return Broken(f"{name} {key.decode()}", sentence)
