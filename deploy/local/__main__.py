"""`python -m deploy.local up|down|status|doctor`: the embedded run without services, for whoever develops Payung."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from deploy.local import supervisor
from deploy.local.doctor import examine
from deploy.local.errors import LocalRunError
from deploy.local.home import default_home
from deploy.local.kafka.jars import pin
from deploy.local.state import RunState


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _show(state: RunState | None) -> int:
    if state is None:
        _say("Nothing runs here.")
        return 1
    _say(json.dumps(state.as_json(), indent=2))
    return 0


def _examine(home: Path) -> int:
    checks = examine(home)
    for check in checks:
        _say(f"{check.verdict:4}  {check.name:14}  {check.sentence}" + (f"\n      {check.mend}" if check.mend else ""))
    return int(any(check.verdict == "fail" for check in checks))


def main() -> int:
    """Carry out one command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "doctor", "pin-kafka"])
    parser.add_argument("--home", type=Path, default=default_home())
    given = parser.parse_args()
    try:
        match given.command:
            case "up":
                running = supervisor.start(given.home, say=_say)
                _say("Started." if running.has_changed else "It runs already; nothing changed.")
                return _show(running.state)
            case "down":
                _say("Stopped." if supervisor.stop(given.home) else "Nothing ran.")
                return 0
            case "doctor":
                return _examine(given.home)
            case "pin-kafka":
                pin()
                return 0
            case _:
                return _show(supervisor.status(given.home))
    except LocalRunError as error:
        _say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
