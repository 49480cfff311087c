"""`python -m tests.faults`: a month while everything is killed, stopped and cut off; larger ones in `make prove`."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.stack import destroy
from tests.conftest import TEST_PREFIX
from tests.faults.platform import ROLES
from tests.faults.run import Wish, run_faults

pytestmark = pytest.mark.alone

IS_LONG = os.environ.get("PAYUNG_FAULTS") == "long"
WISH = (
    Wish(kills=300, workers=5_000, seed=11, limit_s=2400.0)
    if IS_LONG
    else Wish(kills=45, workers=250, seed=11, pace=0.6, limit_s=120.0)
)
KINDS = {f"{service} {role}" for service, roles in ROLES.items() for role in roles} | {"bpjs-sandbox"}


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for the platform, gone afterwards with the database's own."""
    path = Path(tempfile.mkdtemp(prefix=TEST_PREFIX))
    try:
        yield path
    finally:
        destroy(path)
        shutil.rmtree(path, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.real_kafka
@pytest.mark.timeout(5400 if IS_LONG else 400)
async def test_a_month_in_which_everything_is_killed(home: Path) -> None:
    report = await run_faults(WISH, home, print)

    summary = json.dumps(report.as_json(), indent=1)
    print(summary)  # noqa: T201 - shown when it fails
    assert report.ok, f"{summary}\nLogs were in {home}; run it again: {report.replay}"
    assert report.months >= 1
    assert report.tally.total_kills >= WISH.kills
    assert not KINDS - set(report.tally.kills), "every kind of process was killed"
    assert report.events > 8 * WISH.workers
    assert report.facts > 8 * WISH.workers
