"""`python -m tests.gate [--write]`: measure every path, compare with the baseline or make it the baseline."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.arena import borrowed_or_own_stack
from deploy.local.home import default_home
from deploy.local.stack import Stack
from shared.telemetry.logging import configure_logging
from tests.gate.cost import BASELINE_FILE, Cost, compare, load, save
from tests.gate.paths import MEASURES
from tests.gate.place import Place


async def _measure(stack: Stack, folder: Path) -> dict[str, Cost]:
    costs: dict[str, Cost] = {}
    for measure in MEASURES.values():
        costs |= await measure(Place(stack, folder))
    return costs


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Measure; 0 when everything is as the baseline says or was written, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate", description=__doc__)
    parser.add_argument("--write", action="store_true", help="make what is measured the baseline")
    options = parser.parse_args()
    configure_logging(service="tests", role="tests", level="CRITICAL", log_format="json")
    home = Path(os.environ.get("PAYUNG_TEST_HOME") or default_home())
    with borrowed_or_own_stack(home, _say) as stack, tempfile.TemporaryDirectory() as folder:
        costs = asyncio.run(_measure(stack, Path(folder)))
    before = load()
    changes = [text for path in sorted(costs) if (text := compare(path, costs[path], before.get(path)))]
    changes += [f"{path} is in the baseline and measured no more." for path in sorted(before.keys() - costs.keys())]
    for path in sorted(costs):
        cost = costs[path]
        sys.stdout.write(
            f"{path:<34} {cost.statements.total():>6} statements {cost.requests.total():>4} requests  per {cost.per}\n"
        )
    if options.write:
        save(costs)
        sys.stdout.write(f"Written to {BASELINE_FILE.name}: {len(costs)} paths.\n")
        return 0
    sys.stdout.writelines(f"\n{text}\n" for text in changes)
    return int(bool(changes))


if __name__ == "__main__":
    sys.exit(main())
