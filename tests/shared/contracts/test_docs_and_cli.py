"""The pages and the command that developers and CI run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from typer.testing import CliRunner

from shared.contracts import __main__ as command
from shared.contracts.catalogue import CATALOGUE, Catalogue
from shared.contracts.evolution import gate
from shared.contracts.evolution.change_rules import RULES
from shared.contracts.planned_values import PLANNED_VALUES
from shared.contracts.publishing import asyncapi, docs
from shared.contracts.values import Code, about
from tests.shared.contracts.samples import boat, boat_spec, boats

# Some changed classes keep an example that does not fit them any more; that is a finding, not a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")


def test_payungs_own_pages_are_up_to_date() -> None:
    assert docs.stale_pages(CATALOGUE) == []


def test_a_page_per_topic_and_an_index_with_every_rule() -> None:
    pages = docs.render_pages(CATALOGUE)
    assert set(pages) == {"README.md", *(f"{spec.name}.md" for spec in CATALOGUE)}
    for rule_id in RULES:
        assert f"`{rule_id}`" in pages["README.md"]
    for spec in CATALOGUE:
        assert f"[{spec.name}]({spec.name}.md)" in pages["README.md"]
        for name in spec.event.model_fields:
            assert f"| `{name}` |" in pages[f"{spec.name}.md"]


def test_a_page_tells_what_a_reader_needs() -> None:
    page = docs.render_pages(CATALOGUE)["contribution.due.md"]
    for part in (
        "| written by | subsidy, compliance |",
        "| partitions | 12 |",
        "| kept | 40 days |",
        "one of `subsidy`, `self`, `employer`",
        "| `month` | month `YYYY-MM` | always |",
        "| `funding_line_id` | UUID or null | may be missing |",
        "map from code to integer | always | rupiah |",
        '"amount_rupiah": 16800',
        "kcat -b",
        "-t contribution.due",
    ):
        assert part in page, part
    contact = docs.render_pages(CATALOGUE)["worker.contact.md"]
    assert "restricted: only the readers named here" in contact
    assert "a null body means that the key is forgotten" in contact


def test_what_is_planned_is_shown_as_such() -> None:
    pages = docs.render_pages(CATALOGUE)
    topics, _, rest = pages["README.md"].partition("## Planned topics")
    planned, _, readers = rest.partition("## Planned readers")
    for spec in CATALOGUE:
        row, page = f"| [{spec.name}]({spec.name}.md) |", pages[f"{spec.name}.md"]
        assert (row in topics, row in planned) == (not spec.planned, spec.planned)
        assert ("**Planned.**" in page, "## Reading it" in page) == (spec.planned, not spec.planned)
        assert ("| shall be written by |" in page, "| written by |" in page) == (spec.planned, not spec.planned)
    assert "| [worker.lapsing](worker.lapsing.md) | subsidy, console |" in readers
    assert "| read by | notification |\n| shall be read by (planned) | subsidy, console |" in pages["worker.lapsing.md"]


def test_values_that_nobody_sends_yet_are_shown_with_the_reason() -> None:
    pages = docs.render_pages(CATALOGUE)
    for (topic, field), values in PLANNED_VALUES.items():
        known, _, planned = pages[f"{topic}.md"].partition(f"Planned values of `{field}`, which nobody sends yet:")
        section = planned.partition("\n\nExample:")[0].partition("\n\nPlanned")[0].partition("\n\nKnown")[0]
        for value, reason in values.items():
            assert f"- `{value}`" in section
            assert f"(planned: {reason})" in section
            assert f"- `{value}`:" not in known.partition(f"Known values of `{field}`")[2].partition("\n\nPlanned")[0]


def test_pages_are_written_once_and_left_overs_go(tmp_path: Path) -> None:
    written = docs.write_pages(boats(), tmp_path)
    assert {file.name for file in written} == {"README.md", "boat.moored.md"}
    assert docs.write_pages(boats(), tmp_path) == []
    (tmp_path / "boat.sunk.md").write_text("gone")
    assert docs.stale_pages(boats(), tmp_path) == ["boat.sunk.md"]
    docs.write_pages(boats(), tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"README.md", "boat.moored.md"}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command works on the boats and in a temporary folder."""
    schemas, pages, file = tmp_path / "schemas", tmp_path / "events", tmp_path / "asyncapi.yaml"
    monkeypatch.setattr(gate.check, "__defaults__", (schemas,))
    monkeypatch.setattr(gate.freeze, "__defaults__", (schemas,))
    monkeypatch.setattr(docs.stale_pages, "__defaults__", (pages,))
    monkeypatch.setattr(docs.write_pages, "__defaults__", (pages,))
    monkeypatch.setattr(asyncapi, "ASYNCAPI_FILE", file)
    monkeypatch.setattr(command, "CATALOGUE", boats())
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(command.app, list(words))
    return result.exit_code, result.output


def test_the_command_from_nothing_to_a_refused_change(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run("check")
    assert code == 1
    assert "not-frozen" in said
    assert run("freeze")[0] == 0
    code, said = run("check")
    assert (code, said) == (0, "Contracts: 1 topics, 1 schemas, AsyncAPI and pages are as frozen.\n")
    assert run("freeze") == (0, "Everything was as frozen.\n")

    flagged = boats(boat(flag=(Annotated[bool, about("Flag.")], False)))
    monkeypatch.setattr(command, "CATALOGUE", flagged)
    code, said = run("check")
    assert code == 1
    assert "stale" in said
    code, said = run("freeze")
    assert code == 0
    assert "optional-field-added, allowed" in said
    assert run("check")[0] == 0

    monkeypatch.setattr(command, "CATALOGUE", boats(boat(quay=(Annotated[Code, about("Name.")], ...))))
    code, said = run("freeze")
    assert code == 1
    assert "type-changed" in said
    assert "Nothing was written." in said
    assert run("check")[0] == 1


def test_the_command_notices_every_generated_file(elsewhere: Path) -> None:
    run("freeze")
    for file, mended_by in (
        (elsewhere / "asyncapi.yaml", "freeze"),
        (elsewhere / "events" / "boat.moored.md", "docs"),
        (elsewhere / "schemas" / "topics.json", "freeze"),
    ):
        file.write_text(file.read_text() + "\n")
        code, said = run("check")
        assert code == 1, file
        assert f"{file.name}" in said
        assert run(mended_by)[0] == 0
        assert run("check")[0] == 0
    (elsewhere / "events" / "README.md").unlink()
    assert run("docs", "--check")[0] == 1
    assert run("docs")[0] == 0
    assert run("docs", "--check") == (0, "")


def test_two_topics_give_two_pages() -> None:
    other = type("Sunk", (boat(),), {"TOPIC": "boat.sunk", "__module__": __name__})
    assert len(docs.render_pages(Catalogue([boat_spec(), boat_spec(other)]))) == 3
