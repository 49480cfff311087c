"""`python -m deploy.docker run|verify`: the programme's month through the compose deployment, as `payung up` does it.

The deployment itself is started and stopped with docker compose; this only drives its APIs from outside.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from deploy.docker.compose import ComposeError, Deployment
from deploy.sandbox.programme.journey import Outcome, run
from deploy.sandbox.programme.offices import Addresses, Offices, ProgrammeError
from deploy.sandbox.programme.plan import Plan, make_plan, overdue_month
from deploy.sandbox.programme.result import as_json, as_rows
from deploy.sandbox.province import SampleError, Wish, generate
from shared.clock import SystemClock, local_date
from shared.periods import Month
from shared.verification.platform import VerificationError, Verified

PATIENCE_S = 120.0  # how long a container may be away while it is started again
VERIFY_WAIT_S = 60.0


def _say(words: str, _: float) -> None:
    sys.stderr.write(f"{words}\n")


async def _journey(addresses: Addresses, plan: Plan) -> Outcome:
    # No proxy: everything is on this machine.
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
        return await run(Offices(addresses, http, PATIENCE_S), plan, local_date(SystemClock().now()), _say)


def run_month(deployment: Deployment, workers: int, employers: int, seed: int) -> dict[str, Any]:
    """The month of a sample world, and whether every promise holds afterwards. Repeating it changes nothing."""
    addresses = deployment.addresses()
    today = local_date(SystemClock().now())
    with tempfile.TemporaryDirectory(prefix="payung-sample-") as folder:
        generate(Wish(workers, employers, seed, overdue_month(today)), Path(folder))
        plan = make_plan(Path(folder), Month.of(today))
        outcome = asyncio.run(_journey(addresses, plan))
    _say("Verifikasi (verify)", 0.95)
    return as_json(outcome, deployment.verify(VERIFY_WAIT_S), plan)


def _table(rows: Sequence[tuple[str, object, str]]) -> str:
    return "".join(f"{name:<42}{value!s:>12}  {note}".rstrip() + "\n" for name, value, note in rows)


def _findings(verified: Verified) -> str:
    lines = [
        f"{'FAILED' if finding.broken else 'ok':<7} {finding.where}: {finding.name} - {finding.promise}\n"
        + "".join(f"        {row.row}: {row.sentence}\n" for row in finding.broken)
        for finding in verified.findings
    ]
    return "".join(lines)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.docker", description=__doc__)
    parser.add_argument("what", choices=["run", "verify"])
    parser.add_argument("--workers", type=int, default=10_000)
    parser.add_argument("--employers", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="another seed makes another sample world")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything went through and every promise holds."""
    options = _options(arguments)
    try:
        deployment = Deployment()
        if options.what == "verify":
            verified = deployment.verify(VERIFY_WAIT_S)
            sys.stdout.write(f"{json.dumps(verified.as_json(), indent=2)}\n" if options.json else _findings(verified))
            return 0 if verified.ok else 1
        facts = run_month(deployment, options.workers, options.employers, options.seed)
    except (ComposeError, ProgrammeError, SampleError, VerificationError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{json.dumps(facts, default=str, indent=2)}\n" if options.json else _table(as_rows(facts)))
    return 0 if facts["verify"]["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
