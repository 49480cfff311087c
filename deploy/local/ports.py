"""Ports are chosen free and then kept, so that an address written down yesterday still works today."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000  # below what systems hand out to outgoing connections
ATTEMPTS = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def choose(preferred: int | None = None) -> int:
    """``preferred`` if it is free, else a free port of ours.

    Raises:
        OSError: two hundred tries found none.
    """
    if preferred is not None and is_free(preferred):
        return preferred
    for _ in range(ATTEMPTS):
        port = random.SystemRandom().randint(LOWEST, HIGHEST)
        if is_free(port):
            return port
    raise OSError(f"No free port on {LOOPBACK} between {LOWEST} and {HIGHEST}; stop what listens there.")
