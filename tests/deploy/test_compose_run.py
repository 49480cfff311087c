"""The whole deployment in Docker, for whoever has it: PAYUNG_TEST_COMPOSE=1 and a running daemon.

It takes minutes and builds images, so it is not part of every run; what can be checked without Docker is in the
other test_compose files. It has a project name and ports of its own and removes everything afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest

from deploy.docker.compose import ComposeError, command
from tests.deploy.compose import FILE, ROOT, containers, file

PROJECT = "payung-trial"
PATIENCE_S = 1_200
PORTS = ("ENROLMENT", "SUBSIDY", "COMPLIANCE", "NOTIFICATION", "KAFKA", "LOGIN")
ASK = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
    print("yes")
except OSError:
    print("no")
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(2 * PATIENCE_S),
    pytest.mark.skipif(
        os.environ.get("PAYUNG_TEST_COMPOSE") != "1", reason="builds and runs containers: set PAYUNG_TEST_COMPOSE=1"
    ),
]


def compose(*arguments: str, environment: Mapping[str, str] = os.environ) -> str:
    """Run compose on the project's file; it must go well."""
    profiles = ("--profile", "dev", "--profile", "sandbox")
    done = subprocess.run(
        [*command(), "--file", str(FILE), *profiles, *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    return done.stdout


@pytest.fixture(scope="module")
def deployment() -> Iterator[dict[str, str]]:
    """The deployment, freshly built and empty; gives the environment that addresses it."""
    try:
        command()
    except ComposeError as error:
        pytest.skip(str(error))
    ports = {f"PAYUNG_{name}_PORT": str(18_101 + number) for number, name in enumerate(PORTS)}
    environment = {**os.environ, **ports, "COMPOSE_PROJECT_NAME": PROJECT}
    try:
        compose("up", "--build", "--detach", environment=environment)
        yield environment
    finally:
        compose("down", "--volumes", environment=environment)


def run_month(environment: Mapping[str, str]) -> dict[str, object]:
    """The main job from outside."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.docker", "run", "--workers", "300", "--employers", "20", "--json"],
        env=dict(environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


def test_the_month_goes_through_while_roles_are_scaled_and_restarted(deployment: dict[str, str]) -> None:
    first = run_month(deployment)
    assert first["verify"]["ok"]  # type: ignore[index]
    scaled = ("up", "--detach", "--no-recreate", "--scale", "subsidy-worker=3", "subsidy-worker")
    compose(*scaled, environment=deployment)
    compose("restart", "enrolment-worker", "subsidy-jobs", environment=deployment)
    again = run_month(deployment)
    assert again["new"] == {"contributions": 0, "messages": 0}
    assert again["contributions"] == first["contributions"]


@pytest.mark.parametrize(
    ("asker", "host", "port", "answer"),
    [
        ("subsidy-worker", "subsidy-db", 5432, True),
        ("subsidy-worker", "broker", 9092, True),
        ("subsidy-worker", "enrolment-db", 5432, False),
        ("subsidy-worker", "enrolment-api", 8000, False),
        ("subsidy-api", "login", 8443, True),
        ("subsidy-api", "enrolment-api", 8000, False),
        ("enrolment-jobs", "notification-db", 5432, False),
    ],
)
def test_a_service_reaches_only_what_it_may(
    deployment: dict[str, str], asker: str, host: str, port: int, answer: bool
) -> None:
    told = compose("exec", "-T", asker, "python", "-c", ASK, host, str(port), environment=deployment)
    assert told.strip() == ("yes" if answer else "no")


def test_nothing_secret_shows_from_outside(deployment: dict[str, str]) -> None:
    names = compose("ps", "--quiet", environment=deployment).split()
    shown = subprocess.run(["docker", "inspect", *names], capture_output=True, text=True, check=True).stdout
    secrets = compose("exec", "-T", "subsidy-db", "cat", "/run/secrets/role", environment=deployment).strip()
    assert len(secrets) >= 30
    assert secrets not in shown
    logs = compose("logs", "--no-color", environment=deployment)
    assert secrets not in logs


def test_every_container_of_the_file_runs_or_has_ended_well(deployment: dict[str, str]) -> None:
    ids = compose("ps", "--all", "--quiet", environment=deployment).split()
    states = json.loads(subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True, check=True).stdout)
    for state in states:
        name = state["Config"]["Labels"]["com.docker.compose.service"]
        if containers()[name].ends:
            assert state["State"]["ExitCode"] == 0, name
        else:
            assert state["State"]["Status"] == "running", name
    assert {one["Config"]["Labels"]["com.docker.compose.service"] for one in states} == set(file()["services"])
