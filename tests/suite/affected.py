"""Which tests a change touches: those beside it in the mirror tree, then those that import it, the nearest first.

Everything imports `shared.clock` somehow, so that distance is bounded: what is two arrows away or less. This is for
quick answers while working (`make watch`); `make test` alone says that a change is good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import grimp

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("benchmarks", "deploy", "services", "shared", "tests")
ARROWS: Final = 2
MOST_FILES: Final = 12
Importers = Callable[[str], Iterable[str]]


def importers() -> Importers:
    """Who imports a module, by the source as it is now; nobody for a module that is not there."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)

    def of(module: str) -> Iterable[str]:
        return graph.find_modules_that_directly_import(module) if module in graph.modules else ()

    return of


def module_of(path: str) -> str | None:
    """The module of a file; None for what is no Python."""
    pure = PurePosixPath(path)
    if pure.suffix != ".py" or pure.parts[0] not in PACKAGES:
        return None
    parts = pure.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_test(path: str) -> bool:
    """Whether pytest collects this file."""
    return path.startswith("tests/") and PurePosixPath(path).name.startswith("test_") and path.endswith(".py")


def affected(changed: Sequence[str], tests: Sequence[str], who_imports: Importers) -> list[str]:
    """The test files that the changed files touch, nearest first; all paths from the root of the repository."""
    distance = {path: 0 for path in changed if path in tests}
    for path in changed:
        for test in tests:
            if mirrors(path, test):
                distance.setdefault(test, 1)
        if (module := module_of(path)) is not None:
            for test, arrows in _importing(module, tests, who_imports).items():
                distance[test] = min(distance.get(test, arrows + 1), arrows + 1)
    return sorted(distance, key=lambda test: (distance[test], test))


def mirrors(path: str, test: str) -> bool:
    """Whether the test has the file's name and lies in its area: shared/money.py and tests/shared/.../test_money.py."""
    parts = PurePosixPath(path).parts
    name = PurePosixPath(path).stem.removeprefix("_")
    area = parts[1] if parts[0] == "services" and len(parts) > 2 else parts[0]
    beside = PurePosixPath(test)
    return area in beside.parts[1:-1] and len(name) > 2 and beside.stem.startswith(f"test_{name}")


def _importing(module: str, tests: Sequence[str], who_imports: Importers) -> dict[str, int]:
    """Test files at most `ARROWS` arrows above the module, with their number."""
    known = {one: path for path in tests if (one := module_of(path)) is not None}
    found: dict[str, int] = {}
    seen, edge = {module}, {module}
    for arrows in range(1, ARROWS + 1):
        edge = {above for one in edge for above in who_imports(one)} - seen
        seen |= edge
        found |= {known[one]: arrows for one in edge if one in known and known[one] not in found}
    return found
