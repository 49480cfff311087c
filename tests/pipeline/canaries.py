"""Finds any of thousands of people in megabytes of text: numbers by windows of digits, names by windows of words."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_DIGITS = re.compile(r"[0-9]{8,}")
_WORDS = re.compile(r"[a-z]+|[0-9]+", re.IGNORECASE)
_BYTEA = re.compile(r"\\x((?:[0-9a-f]{2})+)")
# A whole column of so many digits is a hash (a bigint): nobody's number is as long, and by chance it holds somebody's.
_HASH = re.compile(r"(?<=[(,])-?[0-9]{17,19}(?=[,)])")


@dataclass
class Canaries:
    """The names, NIKs, telephones, addresses and mail addresses to look for."""

    numbers: set[str] = field(default_factory=set)
    words: set[tuple[str, ...]] = field(default_factory=set)
    # How long the numbers are, and of how many words the names: asked for with every row.
    _lengths: set[int] = field(default_factory=set)
    _sizes: set[int] = field(default_factory=set)

    def add_number(self, text: str | None) -> None:
        """A NIK or telephone in any spelling; its last ten digits are enough to know a telephone."""
        digits = re.sub(r"\D", "", text or "")
        if len(digits) >= 9:
            known = digits if len(digits) >= 16 else digits[-9:]
            self.numbers.add(known)
            self._lengths.add(len(known))

    def add_words(self, text: str | None) -> None:
        """A name, an address or a mail address: two words at least, or it is no person."""
        words = _split(text or "")
        if len(words) >= 2 and sum(map(len, words)) >= 8:
            self.words.add(words)
            self._sizes.add(len(words))

    def find(self, text: str) -> str | None:
        """The first thing of a person in ``text``, shortened; None when there is none."""
        for run in _DIGITS.findall(text):
            for length in self._lengths:
                for start in range(len(run) - length + 1):
                    if run[start : start + length] in self.numbers:
                        return f"number …{run[start : start + length][-4:]}"
        words = _split(text)
        for size in self._sizes:
            for start in range(len(words) - size + 1):
                if words[start : start + size] in self.words:
                    return f"words {words[start][0]}…"
        return None

    def find_in_row(self, text: str) -> str | None:
        """The same in a row of PostgreSQL as text, whose bytea columns are read as text, too."""
        read = [bytes.fromhex(part).decode("utf-8", "replace") for part in _BYTEA.findall(text)]
        return self.find(" | ".join([_HASH.sub(" ", _BYTEA.sub(" ", text)), *read]))


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(text))


def of_sample(folder: Path) -> Canaries:
    """Everybody of a sample world."""
    found = Canaries()
    for row in _rows(folder / "roster.csv"):
        for name in ("nik", "telepon"):
            found.add_number(row[name])
        for name in ("nama", "alamat", "email"):
            found.add_words(row[name])
    for row in _rows(folder / "wages.csv"):
        found.add_number(row["nik"])
    for row in _rows(folder / "employers.csv"):
        found.add_number(row["kontak_telepon"])
        for name in ("kontak_nama", "kontak_email"):
            found.add_words(row[name])
    return found


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
