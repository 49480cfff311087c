"""The `payung` command in a process of its own, anew or forked from one that has read the program already.

Reading the program takes ten times as long as what most commands do. A forked process differs in nothing else: it has
its own arguments, environment, outputs and end.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

DEMO: Final = "tests.shared.demo.app:SERVICE"
TIMEOUT_S: Final = 60
_PROGRAM: Final = "from deploy.cli import main; main()"

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["deploy.cli", "tests.shared.demo.app", __name__])


def payung(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with nothing of Payung in its environment but ``environment``."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "out", Path(folder) / "err"
        process = _processes.Process(target=_be_payung, args=(arguments, _clean(environment), *outputs))
        process.start()
        process.join(TIMEOUT_S)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(["payung", *arguments], TIMEOUT_S)
        out, err = (output.read_text() for output in outputs)
        return subprocess.CompletedProcess(["payung", *arguments], process.exitcode, out, err)


def payung_anew(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a process that reads the whole program first, as a person's does."""
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        env=_clean(environment),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")} | dict(environment)


def _be_payung(arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["payung", *arguments]
    code = 0
    try:
        from deploy.cli import main

        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:  # as an interpreter ends: a traceback and 1
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
