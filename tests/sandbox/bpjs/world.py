"""Services' desks and a branch between them, in a temporary folder: files go in, files come out."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.sandbox.bpjs.__main__ import main
from deploy.sandbox.bpjs.bills import BILL_COLUMNS, REQUEST_COLUMNS
from deploy.sandbox.bpjs.branch import Branch
from deploy.sandbox.bpjs.control import write_control
from deploy.sandbox.bpjs.desk import Desk
from deploy.sandbox.bpjs.lists import ANSWER_COLUMNS, LIST_COLUMNS
from deploy.sandbox.bpjs.payments import CONFIRMATION_COLUMNS, PAYMENT_COLUMNS
from deploy.sandbox.bpjs.state import State
from shared.clock import ManualClock
from shared.exchange import Exchange, read_records, write_records
from tests.deploy.processes import wait_until

GROUP = str(UUID(int=7 << 64))
BILL = str(UUID(int=8 << 64))
DISBURSEMENT = str(UUID(int=9 << 64))
MONTH = "2026-11"
JKK, JKM = 10_000, 6_800
_COLUMNS = {"group-answer": ANSWER_COLUMNS, "bill": BILL_COLUMNS, "confirmation": CONFIRMATION_COLUMNS}


def worker(number: int) -> str:
    """A worker's reference."""
    return str(UUID(int=number))


def listed(number: int, **changes: str) -> tuple[str, ...]:
    """A row of a group list."""
    row = {
        "worker_ref": worker(number),
        "nik": f"647201010190{5000 + number:04d}",
        "name": f"Orang {number}",
        "birth_date": "1990-01-01",
        "sex": "L",
        "regency_code": "6472",
        "occupation_code": "P30",
        "programmes": "JKK+JKM",
        "income_band": "1",
        "first_month": MONTH,
    } | changes
    return tuple(row[column] for column in LIST_COLUMNS)


class World:
    """The folders of both services and of the branch."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.enrolment = Exchange(root / "enrolment")
        self.subsidy = Exchange(root / "subsidy")
        self.control = root / "sandbox.json"
        self.clock = ManualClock(datetime(2026, 11, 3, 2, tzinfo=UTC))
        self.branch = self.restart()

    def restart(self) -> Branch:
        """A branch that knows only what is on the disk."""
        desks = {name: Desk(name, self.root / name) for name in ("enrolment", "subsidy")}
        self.branch = Branch(State(self.root / "state"), desks, self.control, self.clock)
        return self.branch

    def behave(self, **values: Any) -> None:
        """Set the branch's behaviour; what is not named is normal."""
        write_control(self.control, values)

    def look(self, after_s: float = 0.0) -> None:
        """Let the branch look once, ``after_s`` later."""
        self.clock.advance(timedelta(seconds=after_s))
        self.branch.look()

    def send_list(self, numbers: Iterable[int], part: int = 1, rows: Sequence[tuple[str, ...]] | None = None) -> str:
        """Enrolment sends a list; gives its file name."""
        name = f"group-list_{GROUP}_{part}.csv"
        wanted = rows if rows is not None else [listed(number) for number in numbers]
        self.enrolment.write(name, write_records(LIST_COLUMNS, wanted))
        return name

    def request_bill(self, numbers: Iterable[int], bill_id: str = BILL) -> str:
        """Subsidy asks for a bill; gives the file name."""
        rows = [(GROUP, MONTH, worker(number), JKK, JKM) for number in numbers]
        name = f"bill-request_{bill_id}.csv"
        self.subsidy.write(name, write_records(REQUEST_COLUMNS, rows, total_rupiah=len(rows) * (JKK + JKM)))
        return name

    def pay(self, bill: dict[str, str], disbursement_id: str = DISBURSEMENT, amount_rupiah: int | None = None) -> str:
        """Subsidy reports a payment; gives the file name."""
        amount = int(bill["total_rupiah"]) if amount_rupiah is None else amount_rupiah
        row = (disbursement_id, bill["bill_id"], bill["kode_iuran"], "SP2D-1/2026", amount, "2026-11-12")
        name = f"payment_{disbursement_id}.csv"
        self.subsidy.write(name, write_records(PAYMENT_COLUMNS, [row], total_rupiah=amount))
        return name

    def answers(self, service: str) -> dict[str, list[dict[str, str]]]:
        """The answers that lie in the service's in/, read by the platform's own reader: name to rows."""
        exchange = self.enrolment if service == "enrolment" else self.subsidy
        return {
            name: read_records(exchange.read(name), _COLUMNS[name.split("_")[0]])[0] for name in exchange.incoming()
        }

    def bytes_in(self) -> dict[str, bytes]:
        """Everything that was put into both in/ folders."""
        return {path.name: path.read_bytes() for path in sorted(self.root.glob("*/in/*.csv"))}

    def refusals(self) -> dict[str, str]:
        """Refused files with their reasons."""
        reasons = self.root.glob("*/out/refused/*.reason.txt")
        return {path.name.removesuffix(".reason.txt"): path.read_text() for path in reasons}

    def waiting(self) -> list[str]:
        """Files that still lie in an out/ folder."""
        return sorted(path.name for path in self.root.glob("*/out/*.csv"))

    def enrol(self, count: int) -> None:
        """Have workers 1 to ``count`` accepted."""
        self.send_list(range(1, count + 1), part=99)
        self.look()
        for name in self.enrolment.incoming():
            self.enrolment.archive(name)


def _options(world: World) -> list[str]:
    root = world.root
    folders = ("--enrolment", root / "enrolment", "--subsidy", root / "subsidy", "--state", root / "state")
    return [*map(str, folders), "--control", str(world.control), "--poll-s", "0.02"]


class Process:
    """The branch as a process of its own."""

    def __init__(self, world: World, *extra: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "deploy.sandbox.bpjs", *_options(world), *extra],
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, world: World, names: set[str], timeout_s: float = 20.0) -> None:
        """Wait until files of these names lie in an in/ folder and nothing waits in out/."""
        came = wait_until(lambda: names <= set(world.bytes_in()) and not world.waiting(), timeout_s)
        assert came, f"{names - set(world.bytes_in())} did not come, {world.waiting()} wait\n{self.stop()}"

    def stop(self) -> str:
        """Ask it to stop; gives what it has logged."""
        self.child.terminate()
        output, _ = self.child.communicate(timeout=20)
        return output

    def log(self) -> list[dict[str, Any]]:
        """Stop it and give its log."""
        return [json.loads(line) for line in self.stop().splitlines()]


class Forked:
    """The branch forked from a server that has imported everything: a fresh interpreter takes a second each time."""

    def __init__(self, world: World, crash_at: str | None = None) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self.child = context.Process(target=_branch, args=(_options(world), crash_at), daemon=True)
        self.child.start()

    def end(self) -> int:
        """Its exit code, when it ends by itself."""
        self.child.join(20)
        assert self.child.exitcode is not None, "it did not end"
        return self.child.exitcode

    def wait_for(self, world: World, name: str) -> None:
        """Wait until a file of this name lies in an in/ folder and nothing waits in out/; then ask it to stop."""
        came = wait_until(lambda: name in world.bytes_in() and not world.waiting(), 20.0)
        self.child.terminate()
        self.end()
        assert came, f"{name} did not come, {world.waiting()} wait"


def _branch(options: list[str], crash_at: str | None) -> None:
    if crash_at:
        os.environ |= {"PAYUNG_TESTING": "1", "PAYUNG_CRASH_BPJS": crash_at}
    sys.exit(main(options))
