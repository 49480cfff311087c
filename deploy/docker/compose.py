"""Asks Docker Compose where the deployment's addresses are, and runs single containers of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.sandbox.programme.offices import Addresses
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.verification.platform import Verified, verify

FILE: Final = Path(__file__).resolve().parents[2] / "docker-compose.yml"
API_PORT, LOGIN_PORT, KAFKA_PORT = 8000, 8099, 9094
RUN_TIMEOUT_S: Final = 900.0


class ComposeError(Exception):
    """Docker or the deployment does not answer; the text says what to do."""


def command() -> list[str]:
    """Compose version 2 if it is there, else version 1. Raises ComposeError when neither is."""
    for words in (["docker", "compose"], ["docker-compose"]):
        try:
            found = subprocess.run([*words, "version"], capture_output=True, check=False)  # noqa: S603
        except FileNotFoundError:
            continue
        if found.returncode == 0:
            return words
    raise ComposeError("Docker Compose is not installed here; docs/compose.md says what is needed.")


class Deployment:
    """The compose deployment of this repository, under the project's name that compose itself would use."""

    def __init__(self) -> None:
        self._compose = [*command(), "--file", str(FILE), "--project-directory", str(FILE.parent)]

    def ask(self, *arguments: str) -> str:
        """What compose prints. Raises ComposeError when it fails."""
        done = self._call(arguments)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()
            raise ComposeError(f"docker compose {' '.join(arguments)}: {said[-1] if said else 'no answer'}")
        return done.stdout

    def published(self, service: str, port: int) -> str:
        """``host:port`` on this machine of a container's port. Raises ComposeError when it does not run."""
        try:
            address = self.ask("port", service, str(port)).strip()
        except ComposeError:
            address = ""
        if not address or address.endswith(":0"):
            raise ComposeError(f"{service} does not run. Start everything with: make compose-up")
        return address

    def addresses(self) -> Addresses:
        """Where the token issuer and the APIs are."""
        services = {name: f"http://{self.published(f'{name}-api', API_PORT)}" for name in RUNNING_SERVICES}
        return Addresses(f"http://{self.published('issuer', LOGIN_PORT)}", services)

    def verify(self, wait_s: float) -> Verified:
        """Have every service recompute its promises, each in a container of its own beside its database.

        Raises VerificationError when one could not.
        """
        return verify(RUNNING_SERVICES, self._verify_one, wait_s=wait_s)

    def _verify_one(self, service: str, folder: Path) -> None:
        # The container's user is nobody on this machine; what it writes are numbers and identifiers.
        folder.chmod(0o777)
        once = ("run", "--rm", "--no-deps", "-T", "--volume", f"{folder}:/facts")
        self._call((*once, f"{service}-migrate", "verify", "--facts", "/facts"))

    def _call(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - compose, on our own file
            [*self._compose, *arguments],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=RUN_TIMEOUT_S,
        )
