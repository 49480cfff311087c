"""Where the broker and the databases are: told by the environment, else by what `payung up` runs on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.cli import output
from shared.settings.base import HOST_AND_PORT
from shared.settings.sources import DEFAULT_SECRETS_FOLDER, SECRETS_FOLDER_NAME


def kafka_bootstrap(given: str | None = None) -> str:
    """``host:port`` of the broker; ends with a sentence if nobody knows it."""
    known = given or os.environ.get("PAYUNG_KAFKA_BOOTSTRAP") or _local("kafka_bootstrap")
    if not known:
        output.fail("No broker is known. Start one with `make up`, or set PAYUNG_KAFKA_BOOTSTRAP=host:port.")
    if not all(HOST_AND_PORT.match(address.strip()) for address in known.split(",")):
        output.fail(f"{known} is not the address of a broker. Write host:port, several separated by commas.")
    return known


def database_url(service: str) -> str:
    """The address of a service's database; ends with a sentence if nobody knows it."""
    variable = f"PAYUNG_{service.upper().replace('-', '_')}_DATABASE_URL"
    known = os.environ.get(variable) or _secret(variable)
    if not known:
        from deploy.local import supervisor
        from deploy.local.home import default_home

        state = supervisor.status(default_home())
        known = state.database_urls.get(service) if state is not None else None
    if not known:
        output.fail(f"The database of {service} is not known. Start it with `make up`, or set {variable}.")
    return known


def own_settings(service: str) -> dict[str, str]:
    """The settings of one service as it runs here: told by the environment, else by what `payung up` runs."""
    prefix = f"PAYUNG_{service.upper().replace('-', '_')}_"
    given = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    if given:
        return given
    from deploy.local import supervisor
    from deploy.local.home import Home, default_home
    from deploy.local.service_processes import ServiceProcesses
    from shared.contracts.catalogue import RUNNING_SERVICES

    state = supervisor.status(default_home())
    if state is None or service not in RUNNING_SERVICES:
        return {}
    known = ServiceProcesses(Home.open(default_home()), state).environment(service)
    return {name: value for name, value in known.items() if name.startswith(prefix)}


def _secret(name: str) -> str | None:
    """What the secrets folder holds under ``name``: in a container the service's settings are there."""
    path = Path(os.environ.get(SECRETS_FOLDER_NAME) or DEFAULT_SECRETS_FOLDER) / name
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def _local(fact: str) -> str | None:
    from deploy.local import supervisor
    from deploy.local.home import default_home

    state = supervisor.status(default_home())
    value: str | None = getattr(state, fact) if state is not None else None
    return value
