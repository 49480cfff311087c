"""Laws are checked without a time limit per example: on a busy machine a slow example is not a broken law."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
