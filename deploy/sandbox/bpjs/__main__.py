"""`python -m deploy.sandbox.bpjs --enrolment DIR --subsidy DIR --state DIR`: run the pretended branch until SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from deploy.file_lock import locked
from deploy.sandbox.bpjs.branch import Branch
from deploy.sandbox.bpjs.desk import Desk
from deploy.sandbox.bpjs.health import serve_health
from deploy.sandbox.bpjs.state import State
from shared.telemetry import configure_logging, get_logger

log = get_logger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run until a signal comes. Ends with 1, and a sentence, when another branch has the same state or the port."""
    options = _options(arguments)
    configure_logging(service="bpjs-sandbox", role="branch", extra_keys=("file",))
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    try:
        with locked(options.state / "lock", wait=False):
            return _run(options, stop)
    except BlockingIOError:
        log.critical("start_refused", sentence="Another sandbox has this state; stop it, or choose another --state.")
        return 1


def _run(options: argparse.Namespace, stop: threading.Event) -> int:
    state = State(options.state)
    desks = {"enrolment": Desk("enrolment", options.enrolment), "subsidy": Desk("subsidy", options.subsidy)}
    branch = Branch(state, desks, options.control)
    server = None
    if options.port is not None:
        try:
            server = serve_health(branch.pulse, options.port)
        except OSError:
            log.critical("start_refused", port=options.port, sentence="The port is taken; choose another --port.")
            return 1
    log.info("branch_open", port=options.port)
    branch.run(stop, options.poll_s)
    if server is not None:
        server.shutdown()
    state.close()
    log.info("branch_closed")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.sandbox.bpjs",
        description="A pretended BPJS branch that answers files; never for production.",
    )
    parser.add_argument("--enrolment", type=Path, required=True, help="exchange folder of enrolment")
    parser.add_argument("--subsidy", type=Path, required=True, help="exchange folder of subsidy")
    parser.add_argument("--state", type=Path, required=True, help="folder where the branch keeps what it knows")
    parser.add_argument("--control", type=Path, help="JSON file that tells how to behave, read at each look")
    parser.add_argument("--poll-s", type=float, default=0.2, help="seconds between two looks")
    parser.add_argument("--port", type=int, help="serve /health on this port of 127.0.0.1")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
