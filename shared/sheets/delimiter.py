"""Which sign separates the cells of a CSV file."""

from __future__ import annotations

from typing import Final

_DELIMITERS: Final = (",", ";", "\t", "|")


def sniff_delimiter(line: str) -> str:
    """The sign that separates the cells of the header line: Excel in Indonesian writes semicolons."""
    outside_quotes = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside_quotes.count)
