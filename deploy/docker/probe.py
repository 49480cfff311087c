"""Asks this container's own process whether it is ready; the image's HEALTHCHECK. Exit 0: ready, 1: not.

Run as ``python -I -S probe.py``: plain sockets and nothing imported that is not needed, since every container asks
every few seconds. The answer with its reasons is on the operations port, ``/health/ready``.
"""

from __future__ import annotations

import os
import socket
import sys

TIMEOUT_S = 4.0
QUESTION = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def is_ready(port: int) -> bool:
    """Whether the operations port answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.sendall(QUESTION)
            answer = b""
            while len(answer) < len(b"HTTP/1.1 200"):
                piece = connection.recv(64)
                if not piece:
                    return False
                answer += piece
    except OSError:
        return False
    return answer.split(b" ", 2)[1][:3] == b"200"


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(os.environ.get("PAYUNG_OPS_PORT", "9000"))) else 1)
