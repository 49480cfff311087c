"""`payung verify`: recompute across all services that nothing is lost, doubled or out of balance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import output
from deploy.cli.local import HomeOption, home_folder

if TYPE_CHECKING:
    from shared.verification.platform import Verified

WaitOption = Annotated[
    float, typer.Option("--wait-s", min=0, max=3600, help="Seconds that events under way may take to arrive.")
]


def verify(home: HomeOption = None, wait_s: WaitOption = 20.0, json: output.JsonOption = False) -> None:
    """Recompute every promise from the services' own databases. Ends with 0 only when all hold."""
    verified = verified_home(home_folder(home), wait_s)
    if json:
        output.print_json(verified.as_json())
    else:
        print_findings(verified, only_broken=False)
    if not verified.ok:
        raise typer.Exit(1)


def verified_home(home: Path, wait_s: float) -> Verified:
    """The findings of what runs in ``home``; ends with a sentence when nothing runs there."""
    from deploy.local.verification import verify_home
    from shared.verification.platform import VerificationError

    try:
        return verify_home(home, wait_s)
    except VerificationError as error:
        output.fail(str(error))


def print_findings(verified: Verified, *, only_broken: bool) -> None:
    """Print a line for each check, then each row that breaks one."""
    if not only_broken:
        rows = [
            (
                output.plain("ok" if not finding.broken else "FAILED", "green" if not finding.broken else "red"),
                finding.where,
                finding.name,
                finding.promise,
            )
            for finding in verified.findings
        ]
        output.print_table("", ("", "where", "check", "promise"), rows)
    broken = [
        (row.row, finding.where, finding.name, row.sentence) for finding in verified.findings for row in finding.broken
    ]
    if broken:
        output.print_table("\nWhat does not hold", ("row", "where", "check", "what is wrong"), broken)
