"""A broken invariant is an error of its own, under every option of the interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.invariants import InvariantError, require, require_some

REPOSITORY = Path(__file__).parents[3]


def test_what_holds_passes_and_what_does_not_raises_with_its_sentence() -> None:
    require(True, "Holds.")
    with pytest.raises(InvariantError, match="due = paid"):
        require(False, "due = paid + outstanding.")


@pytest.mark.parametrize("value", [0, "", (), False])
def test_an_empty_value_is_there(value: object) -> None:
    assert require_some(value, "It is there.") is value


def test_none_is_not_there() -> None:
    with pytest.raises(InvariantError, match="It is there"):
        require_some(None, "It is there.")


def test_the_option_that_takes_assertions_out_takes_no_invariant_out() -> None:
    program = "from shared.invariants import require; assert False; require(False, 'Still held.')"
    command = [sys.executable, "-O", "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "InvariantError: Still held." in done.stderr
