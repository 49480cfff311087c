"""Another agency's reader gets by with docs/subscribe.md, kcat and the published schema files, and nothing of ours.

The commands are taken from the document and run as they stand, on the broker and the events of a whole month.
"""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.pipeline.conftest import Platform

pytestmark = [
    pytest.mark.timeout(480),  # whoever comes first starts the platform
    pytest.mark.skipif(
        shutil.which("kcat") is None, reason="needs kcat, the outside reader's program: apt-get install kcat"
    ),
]

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "subscribe.md"
SCHEMAS = Path("shared") / "contracts" / "schemas"
TOPICS = ("worker.enrolled", "contribution.due", "employer.late")
HEADERS = {"content-type", "ce_specversion", "ce_type", "ce_source", "ce_dataschema", "ce_id", "ce_time", "ce_subject"}
PATIENCE_S = 60

Record = dict[str, Any]
Shell = Callable[[str], subprocess.CompletedProcess[str]]


def snippet(name: str) -> str:
    """The block of the document that is marked ``run: name``."""
    found = re.search(
        rf"^<!-- run: {re.escape(name)} -->\n```\w+\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S
    )
    assert found is not None, f"{DOCUMENT.name} has no block marked `run: {name}`"
    return found.group(1)


def headers_of(record: Record) -> dict[str, str]:
    """kcat lists names and values in turn."""
    return dict(zip(record["headers"][::2], record["headers"][1::2], strict=True))


def published_checks(folder: Path) -> dict[str, Draft202012Validator]:
    """A check for each published schema, by its identifier."""
    schemas = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.v*.json")]
    return {schema["$id"]: Draft202012Validator(schema, format_checker=FormatChecker()) for schema in schemas}


@pytest.fixture
def agency(platform: Platform, tmp_path: Path) -> Mapping[str, str]:
    """The agency's machine: a folder with the published schemas, and an environment that knows the broker's address."""
    shutil.copytree(ROOT / SCHEMAS, tmp_path / SCHEMAS)
    (tmp_path / "read_events.py").write_text(snippet("read_events.py"), encoding="utf-8")
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PWD": str(tmp_path),
        "PAYUNG_KAFKA_BOOTSTRAP": platform.processes.state.kafka_bootstrap,
    }


@pytest.fixture
def shell(agency: Mapping[str, str]) -> Shell:
    """Runs a command there to its end."""

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env=dict(agency),
            cwd=agency["PWD"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    return run


def lines_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a command has printed; it must have gone well."""
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_event_is_understood_from_the_published_files_alone(shell: Shell, agency: Mapping[str, str]) -> None:
    folder = Path(agency["PWD"]) / SCHEMAS
    checks, topics = published_checks(folder), json.loads((folder / "topics.json").read_text(encoding="utf-8"))
    records = [json.loads(line) for line in lines_of(shell(snippet("all")))]
    assert set(Counter(record["topic"] for record in records)) == set(TOPICS)
    for record in records:
        headers, topic = headers_of(record), topics[record["topic"]]
        assert HEADERS <= set(headers) <= HEADERS | {"traceparent"}
        assert headers["ce_type"] == record["topic"]
        assert headers["ce_source"] in {f"urn:payung:service:{owner}" for owner in topic["owners"]}
        assert topic["data_class"] == "public"
        check, body = checks[headers["ce_dataschema"]], json.loads(record["payload"])
        check.validate(body)
        assert check.schema["title"] == record["topic"]
        assert record["key"] == headers["ce_subject"] == body[check.schema["x-key-field"]]


def test_the_reader_of_the_document_does_the_same(shell: Shell) -> None:
    events = {headers_of(record)["ce_id"] for record in map(json.loads, lines_of(shell(snippet("all"))))}
    told = lines_of(shell(snippet("checked")))
    assert len(told) == len(events) > 0
    assert {line.split()[1] for line in told} == set(TOPICS)


def test_the_reader_of_the_document_notices_what_does_not_fit(shell: Shell, agency: Mapping[str, str]) -> None:
    first = json.loads(lines_of(shell(snippet("all")))[0])
    read = f"python3 read_events.py {SCHEMAS} < record.json"
    place = Path(agency["PWD"]) / "record.json"

    def told(**changes: Any) -> subprocess.CompletedProcess[str]:
        place.write_text(json.dumps({**first, **changes}) + "\n", encoding="utf-8")
        return shell(read)

    assert told().returncode == 0
    body = json.loads(first["payload"])
    assert "ValidationError" in told(payload=json.dumps({**body, "region_code": "Samarinda"})).stderr
    assert "ValidationError" in told(payload=json.dumps({**body, "aggregate_version": 0})).stderr
    assert "AssertionError" in told(key="6402012345678901").stderr


def test_people_see_key_and_body(shell: Shell) -> None:
    records = [json.loads(line) for line in lines_of(shell(snippet("all")))]
    due = Counter(f"{record['key']} {record['payload']}" for record in records if record["topic"] == "contribution.due")
    assert Counter(lines_of(shell(snippet("eyes")))) == due


def test_reading_from_a_moment_on(shell: Shell) -> None:
    records = [json.loads(line) for line in lines_of(shell(snippet("all")))]
    enrolled = {headers_of(record)["ce_id"] for record in records if record["topic"] == "worker.enrolled"}
    since = [json.loads(line) for line in lines_of(shell(snippet("since")))]
    assert {headers_of(record)["ce_id"] for record in since} == enrolled


@pytest.mark.slow
def test_a_follower_goes_on_where_it_stopped(shell: Shell, agency: Mapping[str, str]) -> None:
    expected = len(lines_of(shell(snippet("all"))))
    # The name of the document's group belongs to the reader; another one, so that this test can be run again.
    command = snippet("follow").replace("bps-kaltim.payung", f"bps-kaltim.test-{time.time_ns()}")
    assert len(follow(command, agency, expected)) == expected
    assert follow(command, agency, 1, patience_s=8) == []


def follow(command: str, agency: Mapping[str, str], wanted: int, patience_s: float = PATIENCE_S) -> list[bytes]:
    """Start the follower, take ``wanted`` lines or wait in vain, and stop it as Ctrl-C does."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"], env=dict(agency), cwd=agency["PWD"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    content, give_up_at = b"", time.monotonic() + patience_s
    try:
        while content.count(b"\n") < wanted and time.monotonic() < give_up_at:
            if select.select([process.stdout], [], [], 0.2)[0]:
                content += os.read(process.stdout.fileno(), 65_536)
        process.send_signal(signal.SIGINT)
        content += process.stdout.read()
    finally:
        process.wait(PATIENCE_S)
    return content.splitlines()


@pytest.mark.parametrize("topic", TOPICS)
def test_the_page_of_each_topic_shows_a_command_that_works(shell: Shell, topic: str) -> None:
    page = (ROOT / "docs" / "events" / f"{topic}.md").read_text(encoding="utf-8")
    reading = page.partition("## Reading it")[2]
    command = re.search(r"```sh\n(.*?)```", reading, re.S)
    other = re.search(r"with headers: `(.*)`", reading)
    assert command is not None
    assert other is not None
    plain = lines_of(shell(command.group(1)))
    assert plain
    assert all(re.match(r"[0-9a-f-]{36} \{", line) for line in plain)
    as_told = re.sub(r"-o beginning(.*?)-f '.*?'", lambda found: f"{found.group(1)}{other.group(1)}", command.group(1))
    with_headers = lines_of(shell(as_told))
    assert len(with_headers) == 2 * len(plain)
    assert f"ce_type={topic}" in with_headers[0]
