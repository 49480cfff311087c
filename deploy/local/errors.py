"""The one error of the embedded run, so that callers can print its sentence and stop."""

from __future__ import annotations


class LocalRunError(RuntimeError):
    """Something of the embedded run cannot start or stop; the text says what to do next."""
