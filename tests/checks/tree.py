"""The files that the checks look at: the repository's own, read and parsed once, whatever the number of rules."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.checks.names import Names

PRODUCT = ("services", "shared", "deploy", "benchmarks")
CODE = (*PRODUCT, "tests", "tools")

# A service that exists only to exercise the kit; it follows the same rules as the real ones.
DEMO_SERVICE = "tests/shared/demo"

_NEVER_OURS = {".git", ".venv", "__pycache__", "build", "dist", ".mypy_cache", ".ruff_cache", ".hypothesis"}


@dataclass(frozen=True)
class SourceFile:
    """One Python file. ``path`` is relative to the repository, with forward slashes."""

    path: str
    text: str

    @cached_property
    def module(self) -> ast.Module:
        """The syntax tree; an empty one where the file does not parse, because ruff says that better."""
        try:
            return ast.parse(self.text)
        except SyntaxError:
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def names(self) -> Names:
        """What the imported names of this file stand for."""
        return Names(self._nodes, self.path)

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.module))

    def walk(self) -> Iterator[ast.AST]:
        """Every node of the syntax tree."""
        return iter(self._nodes)


@dataclass(frozen=True)
class Service:
    """One service's folder. ``is_demo`` marks the one inside the tests, which is never deployed."""

    name: str
    folder: str
    files: tuple[SourceFile, ...]
    is_demo: bool

    def part(self, *names: str) -> list[SourceFile]:
        """The files of the parts called ``names``, each a module or, when it has grown, a package."""
        return [file for file in self.files if self.part_of(file) in names]

    def part_of(self, file: SourceFile) -> str:
        """The part that ``file`` belongs to: ``handlers`` for handlers.py and for everything in handlers/."""
        return file.path.removeprefix(f"{self.folder}/").split("/")[0].removesuffix(".py")


class Tree:
    """The repository, or a small planted one. Files that git ignores do not count."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def paths(self) -> list[str]:
        """Every file, relative to the root, sorted."""
        listed = self._listed_by_git() if (self.root / ".git").exists() else None
        found = self._walked() if listed is None else listed
        return sorted(path for path in found if (self.root / path).is_file())

    def _listed_by_git(self) -> list[str] | None:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        try:
            done = subprocess.run(command, cwd=self.root, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None  # no git here, or a clone that belongs to another user
        return [path for path in done.stdout.decode().split("\0") if path]

    def _walked(self) -> list[str]:
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name not in _NEVER_OURS and not name.endswith(".egg-info")]
            found += [(Path(folder) / name).relative_to(self.root).as_posix() for name in files]
        return found

    def read(self, path: str) -> str | None:
        """The text of a file, or None where it is binary."""
        raw = (self.root / path).read_bytes()
        if b"\0" in raw:
            return None
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return None

    @cached_property
    def _sources(self) -> list[SourceFile]:
        wanted = [path for path in self.paths if path.endswith(".py")]
        return [SourceFile(path, self.read(path) or "") for path in wanted]

    def sources(self, *folders: str) -> list[SourceFile]:
        """The Python files below ``folders``."""
        return [file for file in self._sources if file.path.startswith(tuple(f"{folder}/" for folder in folders))]

    @cached_property
    def services(self) -> list[Service]:
        """Every service that is there, the demonstration service of the tests included."""
        names = sorted(
            {path.split("/")[1] for path in self.paths if path.startswith("services/") and path.count("/") > 1}
        )
        folders = [(name, f"services/{name}") for name in names] + [("demo", DEMO_SERVICE)]
        found = [Service(name, folder, tuple(self.sources(folder)), folder == DEMO_SERVICE) for name, folder in folders]
        return [service for service in found if service.files]
