"""What the branch knows, in one SQLite file: what it has received, decided and answered survives a kill at any moment.

An answer's content is a function of these tables, so that writing it again gives the same bytes.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_FILE, _FILE_BEFORE = "branch-2.sqlite3", "branch.sqlite3"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- A file that was taken. owed: something of it is not answered yet. rows: it is about as many lines, from position 0;
-- answered_to: the last one that is answered.
CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY,
    service TEXT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL, sha256 TEXT NOT NULL,
    received_at_s REAL NOT NULL, received_on TEXT NOT NULL, group_id TEXT,
    rows INTEGER NOT NULL DEFAULT 0, answered_to INTEGER NOT NULL DEFAULT -1,
    owed INTEGER NOT NULL DEFAULT 1, answers INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, reference)
);

-- One worker of a list or bill request. reason: why not. Written once: a line that changes costs as much as a new one.
CREATE TABLE IF NOT EXISTS line (
    request INTEGER NOT NULL, position INTEGER NOT NULL,
    worker_ref TEXT NOT NULL, nik_token BLOB, member INTEGER, month TEXT NOT NULL,
    jkk_rupiah INTEGER NOT NULL DEFAULT 0, jkm_rupiah INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    PRIMARY KEY (request, position)
) WITHOUT ROWID;

-- The number makes the KPJ. A NIK is kept as a keyed digest only.
CREATE TABLE IF NOT EXISTS member (
    number INTEGER PRIMARY KEY AUTOINCREMENT, worker_ref TEXT NOT NULL UNIQUE, nik_token BLOB NOT NULL UNIQUE
);

-- The number makes the kode iuran. A bill is of the request's lines up to last_position.
CREATE TABLE IF NOT EXISTS bill (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    request INTEGER NOT NULL REFERENCES request, answer INTEGER NOT NULL UNIQUE, bill_id TEXT NOT NULL,
    group_id TEXT NOT NULL, month TEXT NOT NULL, due_on TEXT NOT NULL, last_position INTEGER NOT NULL,
    worker_count INTEGER NOT NULL, jkk_rupiah INTEGER NOT NULL, jkm_rupiah INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0, paid_by TEXT
);

-- One worker's month is paid once, by the payment that request is.
CREATE TABLE IF NOT EXISTS paid (worker_ref TEXT, month TEXT, request INTEGER NOT NULL, PRIMARY KEY (worker_ref, month))
WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS payment (
    request INTEGER PRIMARY KEY REFERENCES request, bill INTEGER NOT NULL UNIQUE REFERENCES bill, paid_on TEXT NOT NULL
);

-- About the lines from after_position (not itself) to to_position. spoiled: its trailer is wrong on purpose, and it
-- answers nothing. copy_of: a repetition.
CREATE TABLE IF NOT EXISTS answer (
    number INTEGER PRIMARY KEY,
    request INTEGER NOT NULL REFERENCES request, name TEXT NOT NULL UNIQUE, planned_on TEXT NOT NULL,
    after_position INTEGER NOT NULL, to_position INTEGER NOT NULL,
    spoiled INTEGER NOT NULL DEFAULT 0, copy_of INTEGER, written INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS answer_to_write ON answer (number) WHERE written = 0;
CREATE INDEX IF NOT EXISTS request_owed ON request (number) WHERE owed = 1;
"""


class State:
    """The branch's memory in ``folder``, for one process and one thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        path = folder / _FILE
        path.touch(mode=_PRIVATE_FILE)
        self.db = sqlite3.connect(path)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.executescript(_SCHEMA)
        with self.transaction():
            self._take_over(folder / _FILE_BEFORE)
            self.db.execute("INSERT OR IGNORE INTO fact VALUES ('nik-key', ?)", (secrets.token_hex(32),))
        self.nik_key = bytes.fromhex(self.db.execute("SELECT value FROM fact WHERE name = 'nik-key'").fetchone()[0])

    def _take_over(self, before: Path) -> None:
        """From a branch with tables of the form before: members keep their numbers, and no bill gets one again."""
        if not before.exists() or self.count("SELECT count(*) FROM fact"):
            return
        with contextlib.closing(sqlite3.connect(before)) as old:
            for table in ("fact", "member", "sqlite_sequence"):
                rows = old.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names
                places = ",".join("?" * len(rows.description))
                self.db.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing of it."""
        with self.db:
            yield self.db

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()

    def count(self, question: str, *values: object) -> int:
        """The one number that ``question`` asks for; 0 when there is none."""
        row = self.db.execute(question, values).fetchone()
        return 0 if row is None or row[0] is None else int(row[0])
