"""docker-compose.yml as the tests look at it: read without Docker, with the variables at their defaults."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.service.declaration import AnyService

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
ENDING_ROLES = ("migrate",)
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


@cache
def declared() -> dict[str, AnyService]:
    """The declarations of all services that are built, by name."""
    names = sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))
    return {name: importlib.import_module(f"services.{name}.app").SERVICE for name in names}


@dataclass(frozen=True)
class Container:
    """One service of the file, in compose's sense."""

    name: str
    facts: dict[str, Any]

    @property
    def networks(self) -> set[str]:
        """The networks that it joins."""
        return set(self.facts.get("networks") or ())

    @property
    def aliases(self) -> set[str]:
        """Its further names in any of them."""
        networks = self.facts.get("networks") or {}
        return {
            alias
            for one in networks
            for alias in ((networks[one] or {}).get("aliases", ()) if isinstance(networks, dict) else ())
        }

    @property
    def volumes(self) -> dict[str, tuple[str, bool]]:
        """Volume or file of this machine → (place in the container, whether it is read-only)."""
        parts = (str(one).split(":") for one in self.facts.get("volumes", ()))
        return {source: (place, mode == ["ro"]) for source, place, *mode in parts}

    @property
    def environment(self) -> dict[str, str]:
        """Variables with their values."""
        return {name: str(value) for name, value in (self.facts.get("environment") or {}).items()}

    @property
    def ends(self) -> bool:
        """Whether it runs to an end, by what it is meant to do."""
        return self.name in ("keys", "topics") or self.name.endswith(tuple(f"-{role}" for role in ENDING_ROLES))

    def waits_for(self) -> dict[str, str]:
        """Container → condition."""
        return {name: one["condition"] for name, one in (self.facts.get("depends_on") or {}).items()}


@cache
def file() -> dict[str, Any]:
    """The whole file, variables replaced by their defaults."""
    text = _VARIABLE.sub(lambda found: found.group(2), FILE.read_text(encoding="utf-8"))
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def containers() -> dict[str, Container]:
    """All containers by name."""
    return {name: Container(name, facts) for name, facts in file()["services"].items()}


def roles_of(service: AnyService) -> set[str]:
    """The roles in which this service has something to do, and its migration."""
    roles = {"relay", "jobs", "migrate"}
    return roles | ({"api"} if service.routers else set()) | ({"worker"} if service.handlers else set())
