"""The small programs in the containers, each for itself: probes, what an image knows, a database's first start."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from deploy.cli import addresses
from deploy.docker import install, probe
from deploy.local.postgres.server import psql
from deploy.local.stack import Stack
from tests.deploy.compose import ROOT


@pytest.fixture
def ops_page() -> Iterator[HTTPServer]:
    """A page on the ops port that answers with ``server.status``."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ready = self.path == "/health/ready"
            self.send_response(self.server.status if ready else 404)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    server.status = 200  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("status", "exit_code"), [(200, 0), (503, 1)])
def test_the_probe_says_what_the_process_says(ops_page: HTTPServer, status: int, exit_code: int) -> None:
    ops_page.status = status  # type: ignore[attr-defined]
    asked = [sys.executable, "-I", "-S", str(Path(probe.__file__))]
    done = subprocess.run(asked, env={"PAYUNG_OPS_PORT": str(ops_page.server_port)}, check=False)
    assert done.returncode == exit_code


def test_the_probe_says_no_when_nobody_listens(free_port: int) -> None:
    assert not probe.is_ready(free_port)


def test_an_image_knows_the_projects_name_version_and_command(tmp_path: Path) -> None:
    application, programs = tmp_path / "app", tmp_path / "bin"
    application.mkdir()
    programs.mkdir()
    (application / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    install.install(application, programs)
    environment = {"PYTHONPATH": f"{application}{os.pathsep}{ROOT}", "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    asked = [
        sys.executable,
        "-c",
        "import importlib.metadata as m; print(m.version('payung'), m.distribution('payung')._path)",
    ]
    told = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert str(application) in told
    shown = subprocess.run([programs / "payung", "--help"], env=environment, capture_output=True, text=True, check=True)
    assert "topics" in shown.stdout


def test_the_command_finds_a_containers_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "PAYUNG_SUBSIDY_DATABASE_URL").write_text("postgresql://a:b@c:5432/d\n", encoding="utf-8")
    monkeypatch.setenv("PAYUNG_SECRETS_DIR", str(tmp_path))
    assert addresses.database_url("subsidy") == "postgresql://a:b@c:5432/d"


def test_parked_events_are_shown_inside_a_container(database_url: str, tmp_path: Path) -> None:
    """There the settings are in the environment, and the database's address is in the secrets folder."""
    (tmp_path / "PAYUNG_SUBSIDY_DATABASE_URL").write_text(database_url, encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PAYUNG_SECRETS_DIR": str(tmp_path),
        "PAYUNG_KAFKA_BOOTSTRAP": "broker:9092",
        "PAYUNG_SUBSIDY_EXCHANGE_FOLDER": str(tmp_path),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)

    assert run("-m", "services.subsidy", "migrate").returncode == 0
    listed = run("-c", "from deploy.cli import main; main()", "parked", "list", "--service", "subsidy", "--json")
    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout)["parked"] == []


def test_the_brokers_probe_asks_kafka_itself(kafka_bootstrap: str, broker_kind: str, free_port: int) -> None:
    script = ROOT / "deploy" / "kafka" / "answers.sh"
    if broker_kind == "mesh":
        pytest.skip("the stand-in broker is not what runs in a container")
    port = kafka_bootstrap.rpartition(":")[2]
    assert subprocess.run(["bash", script, port], check=False, timeout=10).returncode == 0
    assert subprocess.run(["bash", script, str(free_port)], capture_output=True, check=False).returncode != 0


def _run(script: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", script], env=environment, capture_output=True, text=True, check=False)


async def test_a_database_server_gets_one_powerless_role(stack: Stack, tmp_path: Path) -> None:
    if stack.databases is None:
        pytest.skip("needs the embedded PostgreSQL")
    superuser = stack.databases.superuser_url
    parts = urlsplit(superuser)
    role, password = "compose_trial", tmp_path / "role"
    password.write_text("a-password-of-the-test", encoding="utf-8")
    program = Path(psql(stack.home)[0])
    environment = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(parts.hostname),
        "PGPORT": str(parts.port),
        "PGPASSWORD": str(parts.password),
        "POSTGRES_USER": str(parts.username),
        "SERVICE_ROLE": role,
        "ROLE_PASSWORD_FILE": str(password),
    }
    script = ROOT / "deploy" / "postgres" / "service-role.sh"
    administrator = await asyncpg.connect(superuser)
    try:
        done = await asyncio.to_thread(_run, script, environment)
        assert done.returncode == 0, done.stderr
        powers = await administrator.fetchrow(
            "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles"
            " WHERE rolname = $1",
            role,
        )
        assert powers is not None
        assert powers[0] is False
        own = await asyncpg.connect(
            host=parts.hostname, port=parts.port, user=role, password="a-password-of-the-test", database=role
        )
        await own.execute("CREATE TABLE here (id int)")
        await own.close()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(
                host=parts.hostname, port=parts.port, user=role, password="a-password-of-the-test", database="postgres"
            )
    finally:
        await administrator.execute(f'DROP DATABASE IF EXISTS "{role}" WITH (FORCE)')
        await administrator.execute(f'DROP ROLE IF EXISTS "{role}"')
        await administrator.close()
