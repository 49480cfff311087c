"""`python -m shared.contracts check|freeze|docs`: what developers and CI run on the published contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from shared.contracts.catalogue import CATALOGUE
from shared.contracts.evolution import gate
from shared.contracts.evolution.findings import Finding
from shared.contracts.publishing import asyncapi, asyncapi_lint, docs

app = typer.Typer(
    help="The contracts that are published: check them, freeze new ones, write their pages.", no_args_is_help=True
)


@app.command()
def check() -> None:
    """Fail when a reader could trip over a change, or when a generated file is out of date."""
    findings = gate.check(CATALOGUE)
    refused = [finding for finding in findings if finding.refused]
    sentences = [str(finding) for finding in refused]
    if not refused:
        sentences += _asyncapi_faults() + _docs_faults()
    for sentence in sentences:
        typer.echo(sentence, err=True)
    if sentences:
        typer.echo(f"{len(sentences)} problems in the contracts.", err=True)
        raise typer.Exit(1)
    events = sum(len(spec.events) for spec in CATALOGUE)
    typer.echo(f"Contracts: {len(CATALOGUE)} topics, {events} schemas, AsyncAPI and pages are as frozen.")


@app.command()
def freeze() -> None:
    """Write schemas, AsyncAPI and pages after an allowed change; refuse to write anything after another."""
    before = [finding for finding in gate.check(CATALOGUE) if not finding.refused]
    try:
        written = gate.freeze(CATALOGUE)
    except gate.ChangeRefusedError as refusal:
        typer.echo(str(refusal), err=True)
        typer.echo("Nothing was written.", err=True)
        raise typer.Exit(1) from None
    for finding in before:
        typer.echo(_allowed(finding))
    text = asyncapi.asyncapi_text(CATALOGUE)
    if _read(asyncapi.ASYNCAPI_FILE) != text:
        asyncapi.ASYNCAPI_FILE.write_text(text, encoding="utf-8")
        written.append(asyncapi.ASYNCAPI_FILE)
    written += docs.write_pages(CATALOGUE)
    for file in written:
        typer.echo(f"wrote {file.name}")
    typer.echo(f"{len(written)} files written; commit them." if written else "Everything was as frozen.")


@app.command("docs")
def write_docs(
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when a page is out of date.")
    ] = False,
) -> None:
    """Write the pages under docs/events."""
    if only_check:
        faults = _docs_faults()
        for fault in faults:
            typer.echo(fault, err=True)
        raise typer.Exit(1 if faults else 0)
    for file in docs.write_pages(CATALOGUE):
        typer.echo(f"wrote {file.name}")


def _asyncapi_faults() -> list[str]:
    if _read(asyncapi.ASYNCAPI_FILE) != asyncapi.asyncapi_text(CATALOGUE):
        return ["asyncapi.yaml is out of date; run `python -m shared.contracts freeze` and commit it."]
    document = yaml.safe_load(asyncapi.ASYNCAPI_FILE.read_text(encoding="utf-8"))
    return asyncapi_lint.lint_asyncapi(document, asyncapi.ASYNCAPI_FILE.parent)


def _docs_faults() -> list[str]:
    return [
        f"docs/events/{name} is out of date; run `python -m shared.contracts docs` and commit it."
        for name in docs.stale_pages(CATALOGUE)
    ]


def _allowed(finding: Finding) -> str:
    return (
        f"{finding.subject} {finding.path}: {finding.happened} [{finding.rule.rule_id}, allowed]. {finding.rule.advice}"
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


if __name__ == "__main__":
    app()
