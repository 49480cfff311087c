"""Names and numbers as they may be shown."""

from __future__ import annotations


def mask_name(name: str) -> str:
    """The first letter of each word."""
    return " ".join(f"{word[0]}***" for word in name.split())


def mask_nik(tail: str) -> str:
    """All but the last four digits hidden."""
    return f"************{tail}" if tail else "****************"
