"""Each list of CONTRIBUTING is followed to its end in a copy of the tree: what it adds fits, what it runs passes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy.local import lifeline
from deploy.local.stack import Stack
from deploy.local.state import RunState, load_state, save_state
from shared.privacy import new_key_line
from tests.checks.tree import Tree
from tests.conftest import TEST_HOME
from tests.first_day.lists import Block, Command, StepError, StepList, read_lists

REPOSITORY = Path(__file__).resolve().parents[2]
LISTS = read_lists((REPOSITORY / "CONTRIBUTING.md").read_text())
VERSIONS = "services/notification/migrations/versions"
COMMAND_TIMEOUT_S = 240

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Copy:
    """A copy of the tree, with the settings that a newcomer's shell would have."""

    root: Path
    environment: dict[str, str]
    followed: int = 0

    def follow(self, steps: StepList, *, run: bool) -> None:
        """Add what the list says and, if asked, run its commands; fails with the words of the one that failed."""
        for step in steps.steps:
            if isinstance(step, Block):
                self._told(step).follow(self.root)
            elif run:
                done = self.run(step)
                assert done.returncode == 0, f"{step.line}\n{done.stdout}\n{done.stderr}"

    def run(self, command: Command) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy."""
        return subprocess.run(
            shlex.split(command.line),
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )

    def _told(self, block: Block) -> Block:
        """The block with the numbers that a person would put in."""
        numbers = sorted(path.name[:4] for path in (REPOSITORY / VERSIONS).glob("[0-9]*.py"))
        told = {"<newest>": numbers[-1], "<next>": f"{int(numbers[-1]) + 1:04}"}
        if "<hash>" in block.code:
            told["<hash>"] = self._hash(told["<next>"])
        path, code = block.path, block.code
        for word, value in told.items():
            path, code = path.replace(word, value), code.replace(word, value)
        return replace(block, path=path, code=code)

    def _hash(self, revision: str) -> str:
        done = self.run(Command(".venv/bin/pytest tests/shared/service/test_frozen_migrations.py -k notification"))
        found = re.search(rf'A new migration gets the line "notification {revision}": "([0-9a-f]+)"', done.stdout)
        assert found, f"the test names no line to add:\n{done.stdout}\n{done.stderr}"
        return found[1]


@pytest.fixture(scope="module")
def copy(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The tree as git knows it, beside the session's Kafka and PostgreSQL."""
    folder = tmp_path_factory.mktemp("first-day")
    root = folder / "payung"
    for path in Tree(REPOSITORY).paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / path, root / path)
    (root / ".venv").symlink_to(REPOSITORY / ".venv")
    (folder / "contact-keys").write_text(new_key_line("contact-1"))
    assert stack.databases is not None
    name, url = stack.databases.create_temporary("test")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PAYUNG_", "PYTEST_"))}
    settings = {
        "PYTHONPATH": str(root),
        "MYPY_CACHE_DIR": str(REPOSITORY / ".mypy_cache/first_day"),
        TEST_HOME: str(stack.home.path),
        "PAYUNG_KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "PAYUNG_TOKEN_ISSUER": "http://127.0.0.1:1",
        "PAYUNG_NOTIFICATION_DATABASE_URL": url,
        "PAYUNG_NOTIFICATION_CONTACT_KEYS_PATH": str(folder / "contact-keys"),
        "PAYUNG_NOTIFICATION_MAILBOX_FOLDER": str(folder),
    }
    try:
        with _found_by_others(stack):
            yield Copy(root, clean | settings)
    finally:
        stack.databases.drop(name)


@contextmanager
def _found_by_others(stack: Stack) -> Iterator[None]:
    """The tests that a command runs find the stack of this session, instead of starting one more."""
    if load_state(stack.home) is not None:
        yield
        return
    started = lifeline.start_time(os.getpid())
    assert started is not None
    urls, bootstrap = stack.database_urls, stack.kafka_bootstrap
    save_state(stack.home, RunState(os.getpid(), started, stack.broker_kind, bootstrap, True, urls))
    try:
        yield
    finally:
        stack.home.state.unlink(missing_ok=True)


@pytest.mark.parametrize("number", range(len(LISTS)), ids=[steps.title for steps in LISTS])
def test_a_list_can_be_followed_to_its_end(number: int, copy: Copy) -> None:
    for position in range(copy.followed, number + 1):
        copy.followed = position + 1
        copy.follow(LISTS[position], run=position == number)


def test_the_lists_are_those_that_come_up_first() -> None:
    assert [steps.title for steps in LISTS] == ["An event", "A rule", "A table", "A route"]
    for steps in LISTS:
        assert any(isinstance(step, Block) for step in steps.steps)
        assert isinstance(steps.steps[-1], Command), f"{steps.title} ends without a look at whether it worked"


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (Block("README.md", "new", "", ""), "README.md is there already"),
        (Block("nowhere/a.py", "new", "", ""), "no folder for nowhere/a.py"),
        (Block("gone.py", "at the end", "", ""), "There is no gone.py"),
        (Block("README.md", "before", "a line that nobody wrote", ""), "has no line with: a line that nobody wrote"),
        (Block("README.md", "among the names", "mutes", ""), "imports nothing"),
    ],
)
def test_a_step_that_does_not_fit_says_so(block: Block, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Payung\n")
    with pytest.raises(StepError, match=sentence):
        block.follow(tmp_path)


def test_a_block_without_a_place_is_no_step() -> None:
    with pytest.raises(StepError, match="where it goes, not: x = 1"):
        read_lists("## A thing\n\n```python\nx = 1\n```\n")
