"""The services of a laptop run as processes: their ports, keys, folders and settings, and the schema before they start.

Beside them run the local token issuer and the sandbox that plays the BPJS branch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local import logs, ports
from deploy.local.errors import LocalRunError
from deploy.local.home import PRIVATE_FOLDER, Home, write_private
from deploy.local.stack import database_variable
from deploy.local.state import ProcessSpec, RunState
from deploy.sandbox.programme.offices import Addresses
from deploy.sandbox.programme.people import as_table
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.privacy.keyring import new_key_line

MIGRATION_TIMEOUT_S = 120.0

# Which key files each service is given: setting → file. Contact keys are shared by those who write and read contacts.
_KEYS: Mapping[str, Mapping[str, str]] = {
    "enrolment": {
        "ENCRYPTION_KEYS_PATH": "enrolment-encryption",
        "INDEX_KEYS_PATH": "enrolment-index",
        "CONTACT_KEYS_PATH": "contact",
    },
    "subsidy": {},
    "compliance": {
        "ENCRYPTION_KEYS_PATH": "compliance-encryption",
        "INDEX_KEYS_PATH": "compliance-index",
        "CONTACT_KEYS_PATH": "contact",
    },
    "notification": {"CONTACT_KEYS_PATH": "contact"},
}
_EXCHANGING = ("enrolment", "subsidy")


@dataclass(frozen=True)
class ServiceProcesses:
    """The processes of one home. Ports and keys are made once and kept."""

    home: Home
    state: RunState

    @property
    def exchange(self) -> Path:
        """The folder over which files go to the sandbox and come back."""
        return self.home.path / "exchange"

    @property
    def mailbox(self) -> Path:
        """Where the messages of a laptop run land."""
        return self.home.path / "mailbox"

    @property
    def addresses(self) -> Addresses:
        """Where issuer and APIs listen."""
        services = {name: self._url(f"{name}-api") for name in RUNNING_SERVICES}
        return Addresses(self._url("issuer"), services)

    @property
    def ops_addresses(self) -> dict[str, str]:
        """Where the services tell of their health."""
        return {name: self._url(f"{name}-ops") for name in RUNNING_SERVICES}

    def specs(self) -> list[ProcessSpec]:
        """All processes, as the supervisor takes them."""
        return [self._issuer(), self._sandbox(), *(self._service(name) for name in RUNNING_SERVICES)]

    def leave_taken_ports(self) -> None:
        """Give other ports to those that do not run and whose ports somebody else has taken meanwhile."""
        up = {one.name for one in self.state.processes if one.pid is not None and (one.healthy or not one.restarts)}
        wanted: dict[str, tuple[str, ...]] = {"issuer": ("issuer",), "bpjs-sandbox": ("bpjs",)}
        wanted |= {name: (f"{name}-api", f"{name}-ops") for name in RUNNING_SERVICES}
        for process, names in wanted.items():
            for name in names if process not in up else ():
                self.home.keep_port(name, ports.choose)

    def environment(self, service: str) -> dict[str, str]:
        """The settings of one service: its own database and keys, nobody else's."""
        upper = service.upper()
        own = {name: str(self._key_file(file)) for name, file in _KEYS[service].items()}
        if service in _EXCHANGING:
            own["EXCHANGE_FOLDER"] = str(_private(self.exchange / service))
        if service == "notification":
            own["MAILBOX_FOLDER"] = str(_private(self.mailbox))
        return {
            "PAYUNG_KAFKA_BOOTSTRAP": self.state.kafka_bootstrap,
            database_variable(service): self.state.database_urls[service],
            "PAYUNG_TOKEN_ISSUER": self._url("issuer"),
            "PAYUNG_HTTP_PORT": str(self._port(f"{service}-api")),
            "PAYUNG_OPS_PORT": str(self._port(f"{service}-ops")),
            "PAYUNG_LOG_FORMAT": "json",
            **{f"PAYUNG_{upper}_{name}": value for name, value in own.items()},
        }

    def migrate(self) -> None:
        """Bring every database to its program's schema, side by side.

        Raises:
            LocalRunError: one could not; the text holds its last words.
        """
        with ThreadPoolExecutor(len(RUNNING_SERVICES)) as pool:
            list(pool.map(self._migrate, RUNNING_SERVICES))

    def run(self, service: str, arguments: Sequence[str], log: Path, timeout_s: float) -> int:
        """Run a role that ends by itself; its output goes to ``log``. Gives the exit code, -1 after ``timeout_s``."""
        environment = {**_clean_environment(), **self.environment(service)}
        with log.open("ab") as file:
            try:
                done = subprocess.run(  # noqa: S603 - our own program
                    [sys.executable, "-m", f"services.{service}", *arguments],
                    env=environment,
                    cwd="/",
                    stdout=file,
                    stderr=file,
                    check=False,
                    timeout=timeout_s,
                )
            except subprocess.TimeoutExpired:
                file.write(f"Stopped: it took longer than {timeout_s:.0f} s.\n".encode())
                return -1
        return done.returncode

    def _migrate(self, service: str) -> None:
        log = self.home.logs / f"{service}-migrate.log"
        if self.run(service, ["migrate"], log, MIGRATION_TIMEOUT_S) != 0:
            raise LocalRunError(f"The database of {service} could not be migrated. {log} ends with:\n{logs.tail(log)}")

    def _service(self, service: str) -> ProcessSpec:
        return ProcessSpec(
            name=service,
            argv=[sys.executable, "-m", f"services.{service}", "all"],
            env=self.environment(service),
            health_url=f"{self._url(f'{service}-ops')}/health/ready",
            stop_timeout_s=30.0,
        )

    def _issuer(self) -> ProcessSpec:
        users = self.home.path / "users.json"
        content = json.dumps(as_table(), indent=2) + "\n"
        if not users.exists() or users.read_text(encoding="utf-8") != content:
            write_private(users, content)
        port = self._port("issuer")
        folder = _private(self.home.path / "issuer")
        return ProcessSpec(
            name="issuer",
            argv=[
                *(sys.executable, "-m", "deploy.local.issuer"),
                *("--folder", str(folder), "--port", str(port), "--users", str(users)),
            ],
            health_url=f"{self._url('issuer')}/jwks.json",
        )

    def _sandbox(self) -> ProcessSpec:
        folders = {name: _private(self.exchange / name) for name in _EXCHANGING}
        state = _private(self.home.path / "bpjs")
        return ProcessSpec(
            name="bpjs-sandbox",
            argv=[
                *(sys.executable, "-m", "deploy.sandbox.bpjs"),
                *(part for name, folder in folders.items() for part in (f"--{name}", str(folder))),
                *("--state", str(state), "--control", str(self.exchange / "sandbox.json")),
                *("--port", str(self._port("bpjs"))),
            ],
            health_url=f"{self._url('bpjs')}/health",
        )

    def _key_file(self, name: str) -> Path:
        folder = _private(self.home.path / "keys")
        # Never made twice: what was sealed with a key that is gone stays closed.
        return self.home.make_once(folder / name, lambda: new_key_line(f"{name}-1"))

    def _url(self, name: str) -> str:
        return f"http://{ports.LOOPBACK}:{self._port(name)}"

    def _port(self, name: str) -> int:
        return self.home.keep_port(name, lambda known: known or ports.choose())


def _private(folder: Path) -> Path:
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return folder


def _clean_environment() -> dict[str, str]:
    """Ours, without settings of another run."""
    project = str(Path(__file__).resolve().parents[2])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
    return kept | {"PYTHONPATH": os.pathsep.join([project, kept.get("PYTHONPATH", "")])}
