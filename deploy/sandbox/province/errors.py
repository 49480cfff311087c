"""What the generator refuses to do, in a sentence that says what to do instead."""

from __future__ import annotations


class SampleError(Exception):
    """A sample cannot be made like this; the text says why and what to do."""
