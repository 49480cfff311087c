"""Finds a Java that can run Kafka 4, which needs version 17 or later."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.local.programs import run

OLDEST = 17


def java_program(env: Mapping[str, str] = os.environ) -> str | None:
    """The ``java`` of ``JAVA_HOME``, else the first on the path, whatever its version."""
    if home := env.get("JAVA_HOME"):
        program = Path(home) / "bin" / "java"
        if os.access(program, os.X_OK):
            return str(program)
    return shutil.which("java", path=env.get("PATH"))


def java_version(program: str) -> int | None:
    """Its major version (``17``), or ``None`` if it does not say."""
    try:
        shown = run([program, "-version"], timeout_s=30)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(\d+)', shown.stderr + shown.stdout)
    return int(found.group(1)) if found else None


def maven_program(env: Mapping[str, str] = os.environ) -> str | None:
    """The ``mvn`` on the path."""
    return shutil.which("mvn", path=env.get("PATH"))
