"""A bill of fifty thousand takes no more memory than a small one; an older branch's members are known again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from deploy.sandbox.bpjs.bills import REQUEST_COLUMNS
from deploy.sandbox.bpjs.state import State
from shared.exchange import write_records
from tests.memory import peak_memory
from tests.sandbox.bpjs.world import BILL, DISBURSEMENT, GROUP, JKK, JKM, MONTH, World, worker

WORKERS = 50_000
GROWTH_LIMIT_MB = 15.0  # as lists of values, the request would take twice that


def everybody() -> Iterator[tuple[object, ...]]:
    """The rows of a request."""
    return ((GROUP, MONTH, worker(number), JKK, JKM) for number in range(WORKERS))


def test_a_large_bill_and_its_confirmation_take_bounded_memory(tmp_path: Path) -> None:
    world = World(tmp_path)
    state = State(tmp_path / "state")
    with state.transaction() as db:
        members = ((worker(number), number.to_bytes(8)) for number in range(WORKERS))
        db.executemany("INSERT INTO member (worker_ref, nik_token) VALUES (?, ?)", members)
    state.close()
    world.subsidy.write(
        f"bill-request_{BILL}.csv",
        write_records(REQUEST_COLUMNS, everybody(), total_rupiah=WORKERS * (JKK + JKM)),
    )
    with peak_memory() as peak:
        world.look()
        (bill,) = world.answers("subsidy")[f"bill_{BILL}.csv"]
        world.pay(bill)
        world.look()
    assert peak.grown_mb < GROWTH_LIMIT_MB
    assert int(bill["worker_count"]) == WORKERS
    with (tmp_path / "subsidy" / "in" / f"confirmation_{DISBURSEMENT}.csv").open() as file:
        assert sum(1 for _ in file) == WORKERS + 2


def test_a_reference_that_would_have_to_be_quoted_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    name = f"bill-request_{BILL}.csv"
    world.subsidy.write(name, write_records(REQUEST_COLUMNS, [(GROUP, MONTH, 'a"b', JKK, JKM)], total_rupiah=JKK + JKM))
    world.look()
    assert "letters, digits and hyphens" in world.refusals()[name]


def test_members_of_a_branch_with_older_tables_keep_their_numbers(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "branch.sqlite3") as old:
        old.executescript(
            """
            CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
            INSERT INTO fact VALUES ('nik-key', '0a0b');
            CREATE TABLE member (number INTEGER PRIMARY KEY AUTOINCREMENT, worker_ref TEXT NOT NULL UNIQUE,
                nik_token BLOB NOT NULL UNIQUE);
            INSERT INTO member VALUES (7, 'seven', x'07');
            CREATE TABLE bill (number INTEGER PRIMARY KEY AUTOINCREMENT);
            INSERT INTO bill VALUES (41);
            """
        )
    old.close()
    for _ in range(2):  # once, however often it starts
        state = State(tmp_path)
        assert state.nik_key == b"\x0a\x0b"
        assert [tuple(row) for row in state.db.execute("SELECT number, worker_ref FROM member")] == [(7, "seven")]
        assert state.count("SELECT seq FROM sqlite_sequence WHERE name = 'bill'") == 41
        state.close()
