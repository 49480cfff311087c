"""What a laptop's state shows of work that does not get done."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from deploy.local.progress import Complaint, complaints

FAILED = {"name": "jobs", "status": "failed", "advice": "These jobs fail again and again: read-rosters."}
WARNING = {"name": "parked", "status": "warning", "advice": "Events are parked."}
OK = {"name": "outbox_age", "status": "ok", "figure": 0.1}


@contextlib.contextmanager
def answering(status: int, *checks: dict[str, Any]) -> Iterator[str]:
    """A service's ops port."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/health/progressing"
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"answer": "progressing", "checks": checks}).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the library
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_failing_job_is_told_with_its_name_before_warnings() -> None:
    with answering(200, OK, WARNING) as compliance, answering(503, OK, FAILED) as enrolment:
        found = complaints({"compliance": compliance, "enrolment": enrolment, "subsidy": "http://127.0.0.1:9"})
    assert found == [
        Complaint("enrolment", "jobs", "failed", FAILED["advice"]),
        Complaint("compliance", "parked", "warning", WARNING["advice"]),
    ]
    assert [one.is_failure for one in found] == [True, False]


def test_nothing_is_told_where_all_is_well() -> None:
    with answering(200, OK) as enrolment:
        assert complaints({"enrolment": enrolment}) == []
