"""The form of a reason that people read: a code for machines and what to do next, in Indonesian and English."""

from __future__ import annotations

from enum import Enum


class Refusal(Enum):
    """A reason with what to do next: the value is the stable code, then the Indonesian and the English sentence."""

    def __init__(self, code: str, indonesian: str, english: str) -> None:
        self.code = code
        self.indonesian = indonesian
        self.english = english
