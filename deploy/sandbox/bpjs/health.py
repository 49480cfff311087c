"""A page on loopback that tells a supervisor whether the branch still looks into its folders."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deploy.sandbox.bpjs.branch import Pulse
from shared.clock import SystemClock

LOOPBACK = "127.0.0.1"
STALE_S = 120.0  # a list of a million workers takes a while; longer than this is a standstill


def serve_health(pulse: Pulse, port: int) -> ThreadingHTTPServer:
    """Serve ``GET /health`` in a thread of its own: 200 while the branch looks, else 503. Raises OSError."""
    clock = SystemClock()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health":
                self.send_error(404)
                return
            age_s = None if pulse.looked_at_s is None else round(clock.now().timestamp() - pulse.looked_at_s, 1)
            well = age_s is not None and age_s < STALE_S
            body = json.dumps(
                {"status": "ok" if well else "stale", "age_s": age_s, "owed": pulse.owed, "answers": pulse.answers}
            ).encode()
            self.send_response(200 if well else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a probe every second is no news."""

    server = ThreadingHTTPServer((LOOPBACK, port), Page)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
