"""What lies beside the code is true: the words, the look-ups, the hooks, the commits that a blame passes over."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.checks.tree import Tree
from tools.check import CHECKS

REPOSITORY = Path(__file__).resolve().parents[2]
GLOSSARY = (REPOSITORY / "docs/glossary.md").read_text()
ARCHITECTURE = (REPOSITORY / "docs/architecture.md").read_text()
DOCUMENTS = [REPOSITORY / path for path in Tree(REPOSITORY).paths if path.endswith(".md")]
HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]

# Every word that the machinery has for itself. A new one is explained before it is used.
WORDS = (
    "packed outbox row", "optimistic attempt", "event template", "event group", "event batch", "body shape",
    "header cache", "column reader", "park limit", "damaged fetch", "bad header names", "slot", "lane", "hash slot",
    "single registration", "forker", "forked", "side commands", "machine lock", "require", "taken file", "case kind",
    "rulebook", "planned topic", "outbox", "inbox", "relay", "crash point", "plant", "gate (statements)", "floor",
    "plain",
)  # fmt: skip
# Words for the same things that were given up: two words for a thing are two things to look for.
GIVEN_UP = (
    "parcel", "hopeful", "stencil", "alike", "heads", "bulk", "storm", "careful", "desk", "nursery", "births",
    "errands", "turns",
)  # fmt: skip


def explained() -> dict[str, str]:
    """The glossary's terms, with their meaning."""
    rows = re.findall(r"^\| ([^|]+) \| (.+) \|$", GLOSSARY, re.M)
    return {term.strip("` "): meaning for terms, meaning in rows for term in [terms, *terms.split(", ")]}


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_the_machinery_is_explained(word: str) -> None:
    meanings = [meaning for term, meaning in explained().items() if term == word or term.startswith(f"{word};")]
    kinds = {"case kind": "case"}  # explained with what it is a kind of
    if word in kinds:
        meanings = [meaning for meaning in [explained()[kinds[word]]] if word in meaning]
    assert meanings, f"docs/glossary.md does not explain {word}"
    assert len(meanings[0].split()) >= 5


@pytest.mark.parametrize("word", GIVEN_UP)
def test_a_word_that_was_given_up_is_no_term(word: str) -> None:
    assert word not in {part for term in explained() for part in re.findall(r"\w+", term.lower())}


def test_a_single_registration_is_called_so_in_every_document() -> None:
    """The changelog alone says what was said at the time."""
    documents = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
    assert len(documents) > 50
    assert [path.name for path in documents if re.search(r"\bdesks?\b", f"{path.name} {path.read_text()}", re.I)] == []


def test_what_the_page_on_security_names_is_in_the_code() -> None:
    page = (REPOSITORY / "docs/security.md").read_text()
    named = {word for word in re.findall(r"`(\w+)(?:\(\))?`", page) if "_" in word}
    assert named
    sources = [path.read_text() for folder in ("shared", "services") for path in (REPOSITORY / folder).rglob("*.py")]
    assert [word for word in sorted(named) if not any(word in source for source in sources)] == []


def test_each_look_up_opens_a_file_at_once_and_another_at_most() -> None:
    table = ARCHITECTURE.partition("## Where is …?")[2]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", table, re.M)
    assert len(rows) == 10
    for what, first, then in rows:
        for cell in (first, then):
            assert len(re.findall(r"`[\w<>./-]+\.\w+`|\]\([^)]+\)", cell)) == 1, f"{what}: {cell} is not one file"


def test_every_hook_is_one_of_the_projects_own_checks() -> None:
    assert [repository["repo"] for repository in HOOKS] == ["local"], "nothing is fetched from elsewhere"
    names = {check.name for check in CHECKS}
    hooks = HOOKS[0]["hooks"]
    assert {hook["id"] for hook in hooks} == names - {"imports"}
    for hook in hooks:
        assert hook["language"] == "system"
        program, script, name = hook["entry"].split()
        assert (program, script, name) == (".venv/bin/python", "tools/check.py", hook["id"])
        assert (REPOSITORY / script).exists()


def test_python_is_the_same_wherever_it_is_named() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    version = (REPOSITORY / ".python-version").read_text().strip()
    assert project["project"]["requires-python"] == f">={version}"
    assert project["tool"]["mypy"]["python_version"] == version


def test_commits_that_a_blame_passes_over_are_named_in_full() -> None:
    lines = (REPOSITORY / ".git-blame-ignore-revs").read_text().splitlines()
    commits = [line for line in lines if not line.startswith("#")]
    assert len(commits) >= 2
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in commits)
    if not (REPOSITORY / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no clone, so there is no history to compare with")
    for commit in commits:
        found = subprocess.run(
            ["git", "cat-file", "-t", commit], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert found.stdout.strip() == "commit", f"{commit}: {found.stderr}"


def test_git_leaves_line_ends_and_generated_files_alone() -> None:
    attributes = (REPOSITORY / ".gitattributes").read_text()
    for made in ("shared/contracts/asyncapi.yaml", "shared/contracts/schemas/*.json", "docs/events/*.md"):
        assert f"{made} linguist-generated=true" in attributes
    assert "* text=auto eol=lf" in attributes
