"""Lists of a group: who becomes a member with a KPJ, who does not and why, and the answer file."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from deploy.sandbox.bpjs.refusal import RefusedError
from deploy.sandbox.bpjs.request_file import RequestFile, check_ref
from deploy.sandbox.bpjs.state import State
from shared.periods import Month

LIST_COLUMNS: Final = (
    "worker_ref", "nik", "name", "birth_date", "sex", "regency_code", "occupation_code", "programmes", "income_band",
    "first_month",
)  # fmt: skip
ANSWER_COLUMNS: Final = ("worker_ref", "status", "kpj", "reason", "accepted_on")

# PP 44/2015 leaves the age to rules below it; branches register BPU from working age until 65 (domain facts 4.5).
_YOUNGEST, _OLDEST = 15, 64
_PROGRAMMES: Final = frozenset({"JKK+JKM", "JKK+JKM+JHT"})
# Region, birth date with the day of women plus 40, a serial that is not 0000. A list of a million passes here.
_NIK: Final = re.compile(
    r"[1-9][0-9]{5}(?:0[1-9]|[1256][0-9]|3[01]|4[1-9]|7[01])(?:0[1-9]|1[0-2])[0-9]{2}(?!0000)[0-9]{4}"
)
_FIRST_KPJ: Final = 26_000_000_000  # 11 digits
LINES_AT_ONCE: Final = 1_000
_ANSWER_LINES: Final = """
SELECT worker_ref || CASE WHEN reason IS NULL THEN ',accepted,' || printf('%011d', ?4 + member) || ',,' || ?5
    ELSE ',rejected,,' || reason || ',' END
FROM line WHERE request = ?1 AND position > ?2 AND position <= ?3 ORDER BY position
"""


def receive_list(state: State, request: int, file: RequestFile, reject_share: float) -> None:
    """Store the list with a decision for each worker. Runs in the caller's transaction; raises RefusedError."""
    db = state.db
    db.executemany(
        "INSERT INTO line (request, position, worker_ref, nik_token, month, reason) VALUES (?, ?, ?, ?, ?, ?)",
        _lines(request, file, state.nik_key, reject_share),
    )
    if file.count == 0:
        raise RefusedError("The list names nobody; send one with workers.")
    mark_duplicates(state, request)
    # Who is a member already keeps the number; a NIK belongs to one member.
    db.execute(
        "INSERT OR IGNORE INTO member (worker_ref, nik_token)"
        " SELECT worker_ref, nik_token FROM line WHERE request = ? AND reason IS NULL ORDER BY position",
        (request,),
    )
    db.execute(
        "UPDATE line SET member = (SELECT number FROM member"
        " WHERE member.worker_ref = line.worker_ref AND member.nik_token = line.nik_token)"
        " WHERE request = ? AND reason IS NULL",
        (request,),
    )
    db.execute(
        "UPDATE line SET reason = 'already-member' WHERE request = ? AND reason IS NULL AND member IS NULL", (request,)
    )


def mark_duplicates(state: State, request: int) -> None:
    """Give a reason to all lines of a worker but the first."""
    if state.count("SELECT count(*) > count(DISTINCT worker_ref) FROM line WHERE request = ?", request):
        state.db.execute(
            "UPDATE line SET reason = 'duplicate-in-list' WHERE request = ?1 AND position NOT IN"
            " (SELECT min(position) FROM line WHERE request = ?1 GROUP BY worker_ref)",
            (request,),
        )


def list_answer(state: State, lines: tuple[int, int, int], accepted_on: str) -> Iterator[str]:
    """The answer to ``lines`` (request, after which position, to which), as the lines of a file."""
    yield ",".join(ANSWER_COLUMNS)
    count = 0
    cursor = state.db.cursor()
    cursor.row_factory = None
    cursor.execute(_ANSWER_LINES, (*lines, _FIRST_KPJ, accepted_on))
    while rows := cursor.fetchmany(LINES_AT_ONCE):
        count += len(rows)
        yield "\n".join(text for (text,) in rows)
    yield f"TRAILER,{count},0"


@lru_cache(maxsize=64)
def _first_day(month: str) -> date:
    return Month.parse(month).first_day


def _lines(request: int, file: RequestFile, key: bytes, reject_share: float) -> Iterator[tuple[object, ...]]:
    for position, row in enumerate(file.rows()):
        worker_ref, nik, _, birth_date, _, regency_code, _, programmes, _, first_month = row
        check_ref(worker_ref)
        reason = _why_not(nik, birth_date, regency_code, programmes, first_month)
        token = hashlib.blake2b(nik.encode(), digest_size=16, key=key).digest()
        if reason is None and zlib.crc32(worker_ref.encode()) % 10_000 < reject_share * 10_000:
            reason = "population-data-differs"
        yield request, position, worker_ref, token, first_month, reason


def _why_not(nik: str, birth_date: str, regency_code: str, programmes: str, first_month: str) -> str | None:
    """The reason code, or None for a worker who can be a member."""
    if not _NIK.fullmatch(nik):
        return "nik-invalid"
    try:
        born, start = date.fromisoformat(birth_date), _first_day(first_month)
    except ValueError:
        return "date-invalid"
    age = start.year - born.year - ((start.month, start.day) < (born.month, born.day))
    if not _YOUNGEST <= age <= _OLDEST:
        return "age-outside-limits"
    if programmes not in _PROGRAMMES:
        return "programmes-unknown"
    if len(regency_code) != 4 or not regency_code.isdigit():
        return "regency-unknown"
    return None
