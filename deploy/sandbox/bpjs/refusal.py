"""Why the branch does not take a file: one sentence for the sender, without anything of its content."""

from __future__ import annotations


class RefusedError(Exception):
    """The whole file is refused; nothing of it takes effect. The text goes into the reason file."""
