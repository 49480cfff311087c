"""Makes the secrets of a compose deployment once, each in the volume of the one container that needs it.

Nothing secret is in the repository, in an image or in an environment variable. Run again it changes nothing: what is
there stays, what is missing is made. A loss of the volumes is a loss of everybody's personal data (docs/compose.md).
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from deploy.docker.certificate import LOGIN_HOST, new_certificate, trusted_with
from deploy.sandbox.programme.people import as_table
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.privacy.keyring import new_key_line

# Who seals personal data under keys of its own, and who writes or reads sealed contacts.
OWN_VAULT: Final = ("enrolment", "compliance")
CONTACTS: Final = ("enrolment", "compliance", "notification")
KEY_ID: Final = "k1"
# A database server's user has another number in its image, and nobody else mounts that volume.
FOR_ITS_OWNER, FOR_ANOTHER_USER = 0o600, 0o444


class KeysError(Exception):
    """The secrets that are there do not fit together; the text says what to do."""


class Secrets:
    """The folder with a volume per receiver. Keeps the names of what it has made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: list[str] = []

    def read(self, name: str) -> str | None:
        """What ``<receiver>/<file>`` holds, or None if it is not there."""
        path = self._folder / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    def ensure(self, names: Sequence[str], make: Callable[[], str], mode: int = FOR_ITS_OWNER) -> str:
        """The one value that all of ``names`` hold, never changed; copies that are missing are written.

        Raises KeysError when two of them differ.
        """
        found = {value for name in names if (value := self.read(name)) is not None}
        if len(found) > 1:
            raise KeysError(
                f"{' and '.join(names)} should hold the same and do not. Restore the volumes from one backup."
            )
        value = found.pop() if found else make()
        for name in names:
            self.derive(name, value, mode)
        return value

    def derive(self, name: str, value: str, mode: int = FOR_ITS_OWNER) -> None:
        """Let ``name`` hold ``value``, in one step; nothing happens if it does."""
        if self.read(name) == value:
            return
        path = self._folder / name
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(value, encoding="utf-8")
        fresh.chmod(mode)
        fresh.replace(path)
        self.made.append(name)


def make_all(folder: Path) -> list[str]:
    """Make what is missing in ``folder``; gives the names of what was written, never a value. Raises KeysError."""
    kept = Secrets(folder)
    for service in RUNNING_SERVICES:
        _database(kept, service)
    for service in OWN_VAULT:
        for kind in ("encryption", "index"):
            kept.ensure([f"{service}/{kind}.keys"], lambda: new_key_line(KEY_ID))
    kept.ensure([f"{service}/contact.keys" for service in CONTACTS], lambda: new_key_line(KEY_ID))
    _sign_in(kept)
    return kept.made


def _database(kept: Secrets, service: str) -> None:
    """The server's superuser, the service's role in it, and the service's address of it."""
    address = f"{service}/PAYUNG_{service.upper()}_DATABASE_URL"
    known = urlsplit(kept.read(address) or "").password
    kept.ensure([f"{service}-db/superuser"], lambda: secrets.token_urlsafe(24), FOR_ANOTHER_USER)
    role = kept.ensure([f"{service}-db/role"], lambda: known or secrets.token_urlsafe(24), FOR_ANOTHER_USER)
    if known not in (None, role):
        raise KeysError(f"{address} and {service}-db/role differ. Restore both volumes from one backup.")
    kept.derive(address, f"postgresql://{service}:{role}@{service}-db:5432/{service}")


def _sign_in(kept: Secrets) -> None:
    """What the demonstration's token issuer needs, and whom the APIs trust: the public authorities and that issuer."""
    tls = kept.ensure(["login/tls.pem"], lambda: new_certificate(LOGIN_HOST))
    for service in RUNNING_SERVICES:
        kept.derive(f"{service}/trusted.pem", trusted_with(tls))
    kept.derive("login/users.json", json.dumps(as_table(), indent=2) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m deploy.docker.keys FOLDER``: exit 0 when everything is there."""
    parser = argparse.ArgumentParser(prog="python -m deploy.docker.keys", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder in which each receiver's volume is mounted")
    folder = parser.parse_args(arguments).folder
    try:
        made = make_all(folder)
    except KeysError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"Cannot write {error.filename} ({error.strerror}); give this user the volume.\n")
        return 1
    sys.stdout.write(f"Made {len(made)} secrets: {', '.join(made)}.\n" if made else "All secrets are there.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
