"""`payung up`: everything started on this machine, and the programme's month run on the sample list."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import output
from deploy.cli.local import HomeOption, home_folder
from deploy.cli.topics import apply_catalogue
from deploy.cli.verify import print_findings

if TYPE_CHECKING:
    from deploy.cli.main_job import Done

WorkersOption = Annotated[int, typer.Option("--workers", min=100, max=1_000_000, help="Workers in the sample list.")]
EmployersOption = Annotated[int, typer.Option("--employers", min=10, max=5_000, help="Employers in the sample.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Another seed makes another sample world.")]
GroundOption = Annotated[
    bool, typer.Option("--ground", help="Only the broker, the databases and the topics: no services, no main job.")
]


def up(
    home: HomeOption = None,
    workers: WorkersOption = 10_000,
    employers: EmployersOption = 300,
    seed: SeedOption = 1,
    ground: GroundOption = False,
    json: output.JsonOption = False,
) -> None:
    """Start everything, run the programme's month on the sample list, show what came of it, and leave it running.

    Again, it changes nothing: what is there is found.
    """
    from deploy.local.errors import LocalRunError
    from deploy.sandbox.programme.offices import ProgrammeError
    from deploy.sandbox.province import SampleError
    from shared.verification.platform import VerificationError

    folder, began_at = home_folder(home), time.monotonic()
    try:
        if ground:
            _print_ground(_start_ground(folder), began_at, json=json)
            return
        with output.progress() as report:
            from deploy.cli.main_job import World, carry_out

            _start_ground(folder, report)
            done = carry_out(folder, World(workers, employers, seed), began_at, report)
    except (LocalRunError, ProgrammeError, SampleError, VerificationError) as error:
        output.fail(str(error))
    except KeyboardInterrupt:
        output.say_error(
            "Dihentikan (interrupted). Yang sudah menyala tetap berjalan (what has started goes on running): "
            "payung up melanjutkan (continues), payung down mematikan (stops it)."
        )
        raise typer.Exit(130) from None
    _print_done(folder, done, json=json)
    if not done.verified.ok:
        raise typer.Exit(1)


def _start_ground(folder: Path, report: output.Report = output.silent) -> dict[str, Any]:
    """Start broker and databases and make the topics; gives the facts."""
    from deploy.local import supervisor

    report("Kafka dan PostgreSQL dinyalakan (starting)", 0.0)
    stack = supervisor.start(folder, say=lambda line: report(line, 0.0))
    report("Topik disiapkan (topics)", 0.5)
    reports = apply_catalogue(stack.state.kafka_bootstrap)
    created, planned = (sum(one.outcome == word for one in reports) for word in ("created", "planned"))
    return stack.state.as_json() | {
        "home": str(stack.home.path),
        "changed": stack.has_changed or created > 0,
        "topics": len(reports) - planned,
        "topics_created": created,
        "topics_planned": planned,
    }


def _print_ground(facts: dict[str, Any], began_at: float, *, json: bool) -> None:
    facts["elapsed_s"] = round(time.monotonic() - began_at, 1)
    if json:
        output.print_json(facts)
        return
    headline = "Payung's ground is up" if facts["changed"] else "It runs already; nothing changed"
    output.print_facts(
        f"{headline} ({facts['elapsed_s']} s)",
        {
            "Kafka": f"{facts['kafka_bootstrap']}  ({facts['broker_kind']})",
            "topics": f"{facts['topics']}, {facts['topics_created']} of them new; "
            f"{facts['topics_planned']} are planned and not made",
            **{f"database {name}": url for name, url in facts["database_urls"].items()},
            "data and logs": facts["home"],
        },
    )
    for notice in facts["notices"]:
        output.console.print(notice, style="yellow", markup=False)
    output.console.print("\nNext: payung events list · payung status · payung down", markup=False)


def _print_done(folder: Path, done: Done, *, json: bool) -> None:
    from deploy.local import supervisor
    from deploy.sandbox.programme.result import as_json, as_rows

    facts = as_json(done.outcome, done.verified, done.plan)
    facts |= {
        "start_s": round(done.start_s, 1),
        "elapsed_s": round(done.elapsed_s, 1),
        "addresses": {"issuer": done.addresses.issuer, **done.addresses.services},
        "home": str(folder),
    }
    if json:
        output.print_json(facts)
        return
    new = facts["new"]
    if new["contributions"] or new["messages"]:
        headline = f"Payung berjalan: bulan {facts['month']} selesai (the month is done)"
    else:
        headline = f"Payung sudah berjalan; tidak ada yang berubah (it runs already; nothing changed): {facts['month']}"
    output.print_table(headline, ("", "jumlah", "keterangan"), as_rows(facts))
    print_findings(done.verified, only_broken=True)
    apis = {f"API {name}": f"{url}/docs" for name, url in done.addresses.services.items()}
    output.print_facts("", apis | {"pesan (mailbox)": folder / "mailbox", "log": folder / "logs"})
    state = supervisor.status(folder)
    for notice in state.notices if state else ():
        output.console.print(notice, style="yellow", markup=False)
    output.console.print(
        f"\n{facts['elapsed_s']} s, bulan itu sendiri (the month itself) {facts['month_s']} s. "
        "Next: payung status · payung verify · payung events list · payung down",
        markup=False,
    )
