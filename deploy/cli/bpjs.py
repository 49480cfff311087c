"""`payung bpjs behave | show`: how the pretended BPJS branch on this machine answers, to see the platform bear it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from deploy.cli import output

app = typer.Typer(help="The pretended BPJS branch of the local run.", no_args_is_help=True)

Mode = Literal["normal", "delay", "partial", "wrong-total", "duplicate", "never"]
ModeOption = Mode | None
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of the run. Default: PAYUNG_HOME, else the user's data folder."),
]


@app.callback()
def _bpjs() -> None:
    """Group of commands."""


@app.command()
def behave(  # noqa: PLR0913, PLR0917 - one option for each thing that can be changed
    group_answer: Annotated[ModeOption, typer.Option("--group-answer", help="Answers to lists of workers.")] = None,
    bill: Annotated[ModeOption, typer.Option("--bill", help="Bills with their kode iuran.")] = None,
    confirmation: Annotated[ModeOption, typer.Option("--confirmation", help="Confirmations of payments.")] = None,
    delay_s: Annotated[float | None, typer.Option("--delay-s", min=0, help="Seconds, with delay.")] = None,
    share: Annotated[float | None, typer.Option("--share", min=0, max=1, help="Answered part, with partial.")] = None,
    reject_share: Annotated[
        float | None, typer.Option("--reject-share", min=0, max=1, help="Part of the listed workers that is rejected.")
    ] = None,
    normal: Annotated[bool, typer.Option("--normal", help="First set everything back to normal.")] = False,
    home: HomeOption = None,
    json: output.JsonOption = False,
) -> None:
    """Change how the pretended branch answers from its next look on. What is not named stays as it is."""
    from deploy.sandbox.bpjs.control import write_control

    wanted: dict[str, Any] = {
        "group_answer": group_answer,
        "bill": bill,
        "confirmation": confirmation,
        "delay_s": delay_s,
        "share": share,
        "reject_share": reject_share,
    }
    path = _control(home)
    kept = {} if normal else _read(path)
    try:
        write_control(path, kept | {name: value for name, value in wanted.items() if value is not None})
    except OSError as error:
        output.fail(f"Cannot write {path} ({error.strerror}); start the run with `payung up`, or name it with --home.")
    _show(path, json=json)


@app.command()
def show(home: HomeOption = None, json: output.JsonOption = False) -> None:
    """Show how the pretended branch answers now."""
    _show(_control(home), json=json)


def _control(home: Path | None) -> Path:
    from deploy.local.home import default_home

    return (home or default_home()).expanduser().absolute() / "exchange" / "sandbox.json"


def _read(path: Path) -> dict[str, Any]:
    from deploy.sandbox.bpjs.control import ControlError, read_control

    try:
        return read_control(path).as_json()
    except ControlError as error:
        output.fail(str(error))


def _show(path: Path, *, json: bool) -> None:
    behaviour = _read(path)
    if json:
        output.print_json({"file": str(path), **behaviour})
    else:
        output.print_facts("The pretended BPJS branch answers", behaviour)
