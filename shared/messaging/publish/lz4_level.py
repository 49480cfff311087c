"""Compresses what the relay sends at LZ4's quick level instead of its thorough one.

aiokafka compresses at level 9, as a broker does by default when it compresses by itself, and offers no setting: on
events that is twenty times the work for bodies that are no smaller (docs/performance.md). The level is changed where
aiokafka keeps it.
"""

from __future__ import annotations

from aiokafka import codec

_THOROUGH, _QUICK = (9,), (1,)


def install() -> None:
    """Make aiokafka's producers in this process compress quickly. Raises if aiokafka has changed."""
    if codec.lz4_encode.__defaults__ not in (_THOROUGH, _QUICK):
        raise ImportError("aiokafka compresses in another way; look at shared/messaging/publish/lz4_level.py.")
    codec.lz4_encode.__defaults__ = _QUICK
