"""Every row of an exchanged file is counted by its trailer; where rows cannot be told apart, the row is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.sandbox.bpjs.refusal import RefusedError
from deploy.sandbox.bpjs.request_file import RequestFile
from shared.exchange import RecordsError, read_records, write_records

COLUMNS = ("worker_ref", "reason", "kpj")
ROWS = [(str(number), "sebab", "1") for number in range(1, 301)]


def ours(content: bytes, _: Path) -> int:
    """How many rows the platform reads."""
    return len(read_records(content, COLUMNS)[0])


def theirs(content: bytes, folder: Path) -> int:
    """How many rows the pretended branch reads."""
    path = folder / "group-list_1.csv"
    path.write_bytes(content)
    return sum(1 for _ in RequestFile(path, COLUMNS).rows())


Reader = Callable[[bytes, Path], int]
BY_BOTH = pytest.mark.parametrize("read", [ours, theirs])


def lines() -> list[str]:
    return list(write_records(COLUMNS, ROWS))


@BY_BOTH
@pytest.mark.parametrize("column", range(3))
def test_an_open_mark_is_named_by_its_row(read: Reader, column: int, tmp_path: Path) -> None:
    damaged = lines()
    cells = damaged[5].split(",")
    cells[column] = f'"{cells[column]}'
    damaged[5] = ",".join(cells)
    row = 6 if read is ours else 5  # the branch counts without the heading
    for more in ([], ['300,"sebab",1']):
        content = "\n".join([*damaged[:-1], *more, damaged[-1]]).encode()
        with pytest.raises((RecordsError, RefusedError), match=f"row {row} "):
            read(content, tmp_path)


@BY_BOTH
def test_a_nul_and_a_cell_without_end_are_called_what_they_are(read: Reader, tmp_path: Path) -> None:
    for change, said in (("se\x00bab", "NUL"), ("x" * 10_000_000, "end|cells"), (f'"{"x" * 10_000_000}"', "end|cells")):
        damaged = lines()
        damaged[5] = damaged[5].replace("sebab", change)
        with pytest.raises((RecordsError, RefusedError), match=said):
            read("\n".join(damaged).encode(), tmp_path)


@BY_BOTH
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_damaged_all_rows_are_read_or_none(read: Reader, data: st.DataObject, tmp_path: Path) -> None:
    cell = st.text(st.sampled_from("a\",\n\r'é 1"), max_size=4)
    rows = data.draw(st.lists(st.tuples(cell.filter(bool), cell, cell), max_size=8))
    content = ("\n".join(write_records(COLUMNS, rows)) + "\n").encode()
    for _ in range(data.draw(st.integers(0, 2), label="damages")):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.sampled_from([0, 0, 1, len(content)]))
        content = (
            content[:at] + data.draw(st.sampled_from([b'"', b"", b"\n", b"\x00", b'",', b'"\n'])) + content[at + cut :]
        )
    try:
        counted = read(content, tmp_path)
    except (RecordsError, RefusedError):
        return
    trailer = content.decode().rstrip("\r\n").replace("\r", "\n").rpartition("\n")[2].replace('"', "")
    assert counted == int(trailer.split(",")[1])
