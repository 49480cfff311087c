"""Throw-away packages with migrations, to try out how versions of a program meet versions of a database."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

_ENV = "from shared.service.migrations import run_environment\n\nrun_environment()\n"
_MIGRATION = '''"""A step."""

from alembic import op

revision = "{revision}"
down_revision = {down!r}
{declared}


def upgrade() -> None:
    for statement in """{up}""".split(";"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("""{down_sql}""")
'''


class PackageMaker:
    """Writes packages below ``folder`` and makes them importable for the time of a test."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        monkeypatch.syspath_prepend(str(folder))

    def make(self, name: str, steps: Mapping[str, bool | None], sql: Mapping[str, str] | None = None) -> str:
        """A package with ``steps``: revision -> backward_compatible (None leaves it out). Gives its name."""
        package = self._folder / name / "migrations"
        (package / "versions").mkdir(parents=True)
        (self._folder / name / "__init__.py").touch()
        (package / "__init__.py").touch()
        (package / "env.py").write_text(_ENV)
        before: str | None = None
        for revision, compatible in steps.items():
            text = _MIGRATION.format(
                revision=revision,
                down=before,
                declared="" if compatible is None else f"backward_compatible = {compatible}",
                up=(sql or {}).get(revision, f"CREATE TABLE step_{revision} (id int)"),
                down_sql=f"DROP TABLE IF EXISTS step_{revision}",
            )
            (package / "versions" / f"{revision}_step.py").write_text(text)
            before = revision
        sys.modules.pop(f"{name}.migrations", None)
        return f"{name}.migrations"
