"""Puts the project into an image as pip would: its name and version, the `payung` command, bytecode made beforehand.

Images hold only their own service, and need neither pip nor a build tool for that. Run in the build stage with the
environment's own Python: ``python install.py APPLICATION_FOLDER``.
"""

from __future__ import annotations

import compileall
import sys
import tomllib
from pathlib import Path
from py_compile import PycInvalidationMode

LAUNCHER = """\
#!{python}
import sys
from {module} import {function}
sys.exit({function}())
"""


def install(application: Path, programs: Path) -> None:
    """Describe the project of ``application`` to ``importlib.metadata`` and put its commands into ``programs``."""
    project = tomllib.loads((application / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    described = application / f"{project['name']}-{project['version']}.dist-info"
    described.mkdir(exist_ok=True)
    described.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    for name, entry in project["scripts"].items():
        module, _, function = entry.partition(":")
        command = programs / name
        command.write_text(LAUNCHER.format(python=sys.executable, module=module, function=function), encoding="utf-8")
        command.chmod(0o755)


def compile_all(application: Path) -> None:
    """Make the bytecode now: the root file system is read-only later, and every start would compile again."""
    made = compileall.compile_dir(
        application, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, optimize=-1
    )
    if not made:
        raise SystemExit(f"Something below {application} is not Python; the lines above say what.")


def main() -> None:
    """See the module."""
    application = Path(sys.argv[1]).resolve()
    install(application, Path(sys.executable).parent)
    compile_all(application)


if __name__ == "__main__":
    main()
