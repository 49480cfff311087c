"""One database and one role per service, and no door between them.

The role owns its database and nothing else; nobody but the owner may even connect.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from deploy.local import ports
from deploy.local.errors import LocalRunError
from deploy.local.home import Home
from deploy.local.postgres.server import ENVIRONMENT, PORT_NAME, SUPERUSER, psql
from deploy.local.programs import run

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
SECRET = re.compile(r"[A-Za-z0-9_-]+")
POWERLESS = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def database_name(service: str) -> str:
    """The name of a service's database and of its role."""
    return service.replace("-", "_")


def _checked(pattern: re.Pattern[str], word: str) -> str:
    """``word`` if it can stand in a statement as it is."""
    if not pattern.fullmatch(word):
        raise ValueError(f"{word!r} cannot name a database: use small letters, digits and underscores.")
    return word


class Databases:
    """Makes, removes and addresses the databases of the running server of ``home``."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def url(self, name: str) -> str:
        """Where the service's role reaches its database: ``postgresql://role:password@host:port/database``."""
        return self._url(name, self._home.password(name))

    @property
    def superuser_url(self) -> str:
        """The superuser's way into database ``postgres``: for tests and repair, never for a service."""
        return self._url("postgres", self._home.password(SUPERUSER))

    def ensure(self, names: Iterable[str]) -> dict[str, str]:
        """Make what is missing of these databases and roles, close every door, and tell their addresses."""
        urls = {name: self.url(_checked(NAME, name)) for name in names}
        there = set(self._run("SELECT datname FROM pg_database").split())
        roles = set(self._run("SELECT rolname FROM pg_roles").split())
        script = ["REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;"]
        for name in urls:
            script += self._role(name, self._home.password(name), is_new=name not in roles)
            script += [] if name in there else [f'CREATE DATABASE "{name}" OWNER "{name}";']
            script += [f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;']
        self._run("\n".join(script))
        return urls

    def create_temporary(self, prefix: str = "temporary") -> tuple[str, str]:
        """A fresh empty database with a role of the same name, kept nowhere; gives its name and address."""
        name = f"{_checked(NAME, prefix)}_{secrets.token_hex(8)}"
        password = secrets.token_urlsafe(24)
        script = self._role(name, password, is_new=True)
        script += [f'CREATE DATABASE "{name}" OWNER "{name}";', f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;']
        self._run("\n".join(script))
        return name, self._url(name, password)

    def drop(self, name: str) -> None:
        """Remove a database and its role, whoever is still connected."""
        quoted = _checked(NAME, name)
        self._run(f'DROP DATABASE IF EXISTS "{quoted}" WITH (FORCE);\nDROP ROLE IF EXISTS "{quoted}";')

    def _role(self, name: str, password: str, *, is_new: bool) -> list[str]:
        verb = "CREATE" if is_new else "ALTER"
        return [f"{verb} ROLE \"{name}\" {POWERLESS} PASSWORD '{_checked(SECRET, password)}';"]

    def _url(self, name: str, password: str) -> str:
        role = SUPERUSER if name == "postgres" else name
        return f"postgresql://{role}:{password}@{ports.LOOPBACK}:{self._home.port(PORT_NAME)}/{name}"

    def _run(self, script: str) -> str:
        """Run statements as superuser; they go in by a pipe, so that no password shows in the process list."""
        env = ENVIRONMENT | {"PGPASSWORD": self._home.password(SUPERUSER)}
        ran = run([*psql(self._home), "-d", "postgres"], text=script, env=env)
        if ran.returncode != 0:
            raise LocalRunError(f"PostgreSQL refused: {ran.stderr.strip()}")
        return ran.stdout
