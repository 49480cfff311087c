"""Every service has the same files, so that who knows one knows all (design.md section 2)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.checks.base import Problem, Rule
from tests.checks.tree import Service, Tree

# What a service consists of; a module may have grown into a package of the same name.
MODULES = ("__init__", "__main__", "app", "rules", "handlers", "store", "tables", "http", "jobs", "settings", "checks")
FOLDERS = ("migrations",)
# What touches the outside (mail, files, sheets, keys); only where a service has such a thing.
OPTIONAL = ("adapters",)
# Files inside the parts that every service has under the same name, so that one looks for nothing twice.
FILES = (
    "rules/rulebook.py",
    "store/checks.py",
    "store/facts.py",
    *(f"http/{name}.py" for name in ("router", "access", "bodies", "answers", "problems")),
)
# What only a service that is deployed needs; the demonstration service is too small for files inside its parts.
DEPLOYED = ("README.md", "Dockerfile")


def _missing(service: Service, tree: Tree) -> Iterator[str]:
    parts = {service.part_of(file) for file in service.files}
    yield from (f"{name}.py" for name in MODULES if name not in parts)
    yield from (f"{name}/" for name in FOLDERS if name not in parts)
    if not service.is_demo:
        yield from (name for name in (*DEPLOYED, *FILES) if f"{service.folder}/{name}" not in tree.paths)


def _find(tree: Tree) -> Iterator[Problem]:
    for service in tree.services:
        for name in _missing(service, tree):
            yield Problem(
                f"{service.folder}/{name}",
                1,
                "Every service has this file; add it, even if it only says why it is empty.",
            )
        for file in service.files:
            part = service.part_of(file)
            if part not in (*MODULES, *FOLDERS, *OPTIONAL):
                yield Problem(
                    file.path,
                    1,
                    f"No other service has a part called {part}; put it into one of "
                    f"{', '.join((*MODULES[2:], *OPTIONAL))} "
                    "(as a package if it is big), or give the reason in the table of exemptions.",
                )


RULE = Rule("service-shape", "every service has the same files and no others", _find)
