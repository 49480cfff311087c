"""The import contracts of pyproject.toml hold on a tree that keeps them and break, each one, on a planted violation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIGURATION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["name"] for contract in CONFIGURATION["contracts"]}
ROOTS = tuple(CONFIGURATION["root_packages"])

PARTS = ("__init__", "__main__", "app", "http", "jobs", "adapters", "handlers", "rules", "store", "tables", "settings")

# A module and what it may import: the arrows as they should be.
KEPT = {
    "deploy.cli": ("deploy.local", "shared.service"),
    "shared.messaging": ("shared.contracts", "shared.database", "faststream", "aiokafka"),
    "shared.contracts": ("shared.money", "pydantic"),
    "shared.contracts.publishing.topics": ("aiokafka",),
    "shared.ids": ("asyncpg",),
    "deploy.local": ("shared.database",),
    "services.harbour.__main__": ("services.harbour.app",),
    "services.harbour.app": (
        "services.harbour.http",
        "services.harbour.adapters",
        "services.harbour.handlers",
        "services.harbour.settings",
    ),
    "services.harbour.adapters": ("services.harbour.handlers", "services.harbour.rules", "services.harbour.settings"),
    "services.harbour.http": ("services.harbour.handlers", "fastapi"),
    "services.harbour.handlers": (
        "services.harbour.rules",
        "services.harbour.store",
        "shared.access",
        "shared.contracts",
        "shared.messaging",
    ),
    "services.harbour.store": ("services.harbour.tables", "services.harbour.rules", "sqlalchemy"),
    "services.harbour.rules": ("shared.money", "shared.clock", "shared.ids"),
}

_INSIDE = "Inside a service: app over http and jobs over handlers over rules and store over tables"
# A contract and the one import that breaks it.
BROKEN = {
    "Services are independent of each other": ("services.harbour.handlers", "services.market.rules"),
    "Benchmarks over services and deploy over shared; no arrow runs up": ("shared.messaging", "services.harbour.rules"),
    "Product and benchmarks know no test": ("benchmarks", "tests"),
    "Inside deploy: the command line over the ways to run over the made-up world": ("deploy.sandbox", "deploy.local"),
    "Contracts know no machinery": ("shared.contracts", "shared.messaging"),
    "Rules are free of frameworks, storage and messaging": ("services.market.rules", "structlog"),
    "Only store and tables speak to the database libraries": ("services.market.handlers", "sqlalchemy"),
    "Handlers, rules and stores know no HTTP": ("services.market.handlers", "shared.http"),
    "Services reach Kafka through shared.messaging only": ("services.market.app", "aiokafka"),
    _INSIDE: ("services.market.store", "services.market.http"),
    "Inside shared: service over http and messaging over contracts and database over value types": (
        "shared.messaging",
        "shared.http",
    ),
    "Nothing builds on the command line": ("benchmarks", "deploy.cli"),
}
# What an adapter does is handed in by app.py; nobody else knows one.
KNOWS_AN_ADAPTER = tuple(f"services.market.{part}" for part in ("handlers", "http", "jobs", "rules", "store"))


def test_every_contract_has_a_planted_violation() -> None:
    assert set(BROKEN) == CONTRACTS


def test_a_tree_that_keeps_the_arrows_passes(tmp_path: Path) -> None:
    statuses, words = lint(tmp_path, KEPT)
    assert statuses == dict.fromkeys(CONTRACTS, "KEPT"), words


@pytest.mark.parametrize("contract", sorted(BROKEN))
def test_a_contract_breaks_on_its_planted_violation(contract: str, tmp_path: Path) -> None:
    breaks(contract, *BROKEN[contract], tmp_path)


@pytest.mark.parametrize("importer", KNOWS_AN_ADAPTER)
def test_only_the_composition_root_knows_an_adapter(importer: str, tmp_path: Path) -> None:
    breaks(_INSIDE, importer, "services.market.adapters", tmp_path)


def breaks(contract: str, importer: str, imported: str, root: Path) -> None:
    """The contract breaks, and names the import, when ``importer`` imports ``imported``."""
    statuses, words = lint(root, {**KEPT, importer: (*KEPT.get(importer, ()), imported)})
    assert statuses[contract] == "BROKEN", words
    assert re.search(rf"{re.escape(importer)} -> {re.escape(imported)}\b", words), words


def test_a_tree_without_services_passes(tmp_path: Path) -> None:
    kept = {name: imports for name, imports in KEPT.items() if not name.startswith("services.")}
    statuses, words = lint(tmp_path, kept, services=())
    assert statuses == dict.fromkeys(CONTRACTS, "KEPT"), words


def lint(
    root: Path, imports: dict[str, tuple[str, ...]], services: tuple[str, ...] = ("harbour", "market")
) -> tuple[dict[str, str], str]:
    """Plant modules with these imports, lint them as the project is: the status of each contract, and all words."""
    wanted = named_modules() | set(imports) | {f"services.{name}.{part}" for name in services for part in PARTS}
    for name in wanted:
        place = root.joinpath(*name.split("."))
        file = place if name.endswith((".__init__", *(f".{part}" for part in PARTS))) else place / "__init__"
        path = file.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"import {item}\n" for item in imports.get(name, ())))
        for parent in path.relative_to(root).parents:
            (root / parent / "__init__.py").touch()
    (root / "__init__.py").unlink()
    (root / "pyproject.toml").write_text((REPOSITORY / "pyproject.toml").read_text())
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=root,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    words = done.stdout + done.stderr
    statuses = {
        name: found[1] for name in CONTRACTS if (found := re.search(rf"^{re.escape(name)} (KEPT|BROKEN)", words, re.M))
    }
    assert done.returncode == (0 if set(statuses.values()) == {"KEPT"} else 1), words
    return statuses, words


def named_modules() -> set[str]:
    """The modules of ours that the configuration names without a wildcard: they have to be there."""
    lists = [value for contract in CONFIGURATION["contracts"] for value in contract.values() if isinstance(value, list)]
    names = {name.strip(" ()") for values in lists for value in values for name in re.split(r"[|:]|->", value)}
    return {name for name in names if name.split(".")[0] in ROOTS and "*" not in name}
