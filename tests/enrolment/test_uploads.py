"""Roster files as officers really send them, through the API and the job that reads."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import xlsxwriter

from services.enrolment.rules.roster.refusals import MAX_CHECK_LIST_BYTES, MAX_UPLOAD_BYTES
from shared.access.roles import Role
from tests.enrolment.kit import HEADER, Row, changed, read, result, roster_csv, rows, show, upload
from tests.enrolment.test_hostile_files import book, one
from tests.service_world import ServiceWorld, person

World = ServiceWorld[Any]


def workbook(table: list[tuple[Any, ...]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, cells in enumerate(table):
        for column, value in enumerate(cells):
            if isinstance(value, (int, float)):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, str(value))
    book.close()
    return buffer.getvalue()


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


async def test_forms_that_are_read(world: World) -> None:
    lines = rows(3)
    plain = roster_csv(lines)
    named = [changed(rows(1, 3)[0], nama="José Peña")]
    forms = {
        "bom": b"\xef\xbb\xbf" + plain,
        "crlf": roster_csv(lines, line_end="\r\n"),
        "semicolon": roster_csv(lines, delimiter=";"),
        "old-mac": roster_csv(lines, line_end="\r"),
        "xlsx": workbook([HEADER, *(line.cells for line in lines)]),
        "xlsx-called-csv": workbook([HEADER, *(line.cells for line in rows(4))]),
        "cp1252": roster_csv(named).decode().encode("cp1252"),
    }
    for form, content in forms.items():
        name = "daftar.xlsx" if form == "crlf" else "daftar.csv"  # the name says nothing
        roster = await read(world, content, name=name)
        expected = 4 if form == "xlsx-called-csv" else 1 if form == "cp1252" else 3
        assert (roster["state"], roster["rows"], roster["refused_rows"]) == ("read", expected, 0), (form, roster)
        assert ("Windows-1252" in (roster["note"] or "")) == (form == "cp1252"), form


async def test_files_that_are_refused(world: World) -> None:
    entity = zipped(xl__workbook_dot_xml=b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook/>')
    bomb = zipped(xl__workbook_dot_xml=b" " * 68_000_000)
    files = {
        "columns-missing": roster_csv(rows(1), header=["apa", *HEADER[1:]]),
        "file-empty": b"",
        "no-usable-row": roster_csv([]),
        "xlsx-too-large": book(one("XFD1")),
        "xlsx-too-large-bomb": bomb,
        "xlsx-unreadable": entity,
        "xlsx-unreadable-cut": workbook([HEADER])[:-200],
        "xlsx-unreadable-hollow": zipped(xl__workbook_dot_xml=b"<workbook/>"),
        "file-not-a-table": zipped(word__document_dot_xml=b"<document/>"),
        "line-too-long": b"x" * 3_000_000,
        "quote-open": roster_csv(rows(3)) + b"\n" * 200_000 + b'"Siti,' + b"x\n" * 100,
    }
    at_once = {"columns-missing", "file-empty", "line-too-long"}
    told, seen = {}, {}
    async with world.api() as client:
        for name, content in files.items():
            told[name] = (await upload(client, content)).json()
            assert (told[name]["state"] == "refused") == (name in at_once), name
            await world.run_job("read-rosters")
            seen[name] = await show(client, told[name]["roster_id"])
    for name, roster in seen.items():
        assert roster["state"] == "refused", (name, roster)
        if name in at_once:
            assert (told[name]["reason"], told[name]["reason_id"]) == (roster["reason"], roster["reason_id"]), name
        assert name.startswith(roster["reason"]), (name, roster["reason"])
        assert "unggah lagi" in roster["reason_id"], name
        assert "upload again" in roster["reason_en"], name
        assert roster["rows"] == 0, name
    for table in ("roster_chunk", "roster_block", "roster_row"):
        assert await world.value(f"SELECT count(*) FROM {table}") == 0
    assert await world.value("SELECT count(*) FROM roster WHERE wrapped_key IS NOT NULL") == 0


async def test_a_file_beyond_the_limit_is_not_taken(world: World) -> None:
    async def endless() -> Any:
        yield b'--b0undary\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
        for _ in range(70):
            yield b"x" * 1024 * 1024

    headers = person("officer-1", Role.VERIFIER) | {"Content-Type": "multipart/form-data; boundary=b0undary"}
    async with world.api() as client:
        declared = {**headers, "Content-Length": str(2 * 1024 * 1024 * 1024)}
        answers = [
            await client.post("/v1/check-lists", content=endless(), headers=headers),
            await client.post("/v1/rosters", content=b"", headers=declared),
        ]
    for answer, limit_bytes in zip(answers, (MAX_CHECK_LIST_BYTES, MAX_UPLOAD_BYTES), strict=True):
        assert answer.status_code == 413, answer.text
        assert answer.json()["limit_bytes"] == limit_bytes + 64 * 1024
        assert "Bagi menjadi beberapa kiriman" in answer.json()["detail"]


async def test_the_same_file_twice_and_twice_at_once(world: World) -> None:
    content = roster_csv(rows(2))
    async with world.api() as client:
        both = await asyncio.gather(*(upload(client, content, name=f"{n}.csv") for n in range(2)))
        again = await upload(client, content)
        key = "a-key-of-sixteen-signs"
        replayed = [await upload(client, content, key=key) for _ in range(2)]
        elsewhere = await upload(client, content, areas=("6471",))
        found = await client.get(
            "/v1/rosters",
            params={"content_sha256": again.json()["content_sha256"]},
            headers=person("officer-2", Role.VERIFIER),
        )
    assert sorted(answer.status_code for answer in both) == [200, 202]
    assert sorted(answer.json()["known"] for answer in both) == [False, True]
    ids = {answer.json()["roster_id"] for answer in (*both, again, *replayed)}
    assert len(ids) == 1
    assert again.json()["known"] is True
    assert replayed[1].headers["Idempotency-Replayed"] == "true"
    assert elsewhere.json()["known"] is False, "another area gets another answer for the same rows"
    assert {roster["roster_id"] for roster in found.json()["items"]} == ids | {elsewhere.json()["roster_id"]}
    assert await world.value("SELECT count(*) FROM audit_entry") == 2


async def test_rows_get_their_results_and_no_cell_comes_back(world: World) -> None:
    good = rows(1)[0]
    lines = [
        good,
        changed(rows(1, 1)[0], nama="=cmd|' /C calc'!A0"),
        changed(good, nama="Lain Nama"),
        changed(rows(1, 2)[0], nik="12"),
        changed(rows(1, 3)[0], kode_desa="6471011001"),
        changed(rows(1, 4)[0], telepon="021-555"),
    ]
    roster = await read(world, roster_csv(lines), areas=("6402",))
    assert (roster["rows"], roster["accepted_rows"], roster["refused_rows"]) == (6, 2, 4)
    assert roster["refused_by_reason"] == {"duplicate": 1, "formula": 1, "nik-length": 1, "outside-area": 1}
    got = await result(world, roster["roster_id"])
    assert [(row["baris"], row["status"], row["kode"]) for row in got] == [
        ("2", "diterima", ""),
        ("3", "ditolak", "formula"),
        ("4", "ditolak", "duplicate"),
        ("5", "ditolak", "nik-length"),
        ("6", "ditolak", "outside-area"),
        ("7", "diterima", "phone-not-mobile"),
    ]
    assert got[0]["nik"] == "*" * 12 + good.nik[-4:]
    text = str(got)
    for cell in ("Warga", "cmd", good.nik, "021-555"):
        assert cell not in text
    assert all(row["keterangan"] for row in got if row["kode"])


async def test_a_workbook_keeps_numbers_apart_from_niks(world: World) -> None:
    as_number = [float(cell) if name == "nik" else cell for name, cell in zip(HEADER, rows(1)[0].cells, strict=True)]
    numbers = {"desil": 2.0, "kode_desa": 6402012001.0, "telepon": 81234567890.0}
    mixed = [numbers.get(name, cell) for name, cell in zip(HEADER, rows(1, 1)[0].cells, strict=True)]
    roster = await read(world, workbook([HEADER, tuple(as_number), tuple(mixed)]))
    assert (roster["accepted_rows"], roster["refused_by_reason"]) == (1, {"nik-spreadsheet-number": 1})


async def test_a_long_roster_is_read_in_several_runs(world: World, monkeypatch: Any) -> None:
    from services.enrolment.handlers import roster_reading, rosters

    monkeypatch.setattr(roster_reading, "ROWS_PER_RUN", 300)
    for module in (roster_reading, rosters):
        monkeypatch.setattr(module, "CHUNK_BYTES", 16 * 1024)
    lines: list[Row] = rows(2_500)
    lines[700] = lines[3]
    roster = await read(world, roster_csv(lines))
    assert roster["state"] == "reading", "one run may not read all"
    for _ in range(4):
        await world.run_job("read-rosters")
    row = (await world.rows("SELECT * FROM roster"))[0]
    assert (row["state"], row["rows"], row["accepted_rows"]) == ("read", 2_500, 2_499)
    numbers = [r["row_number"] for r in await world.rows("SELECT row_number FROM roster_row ORDER BY 1")]
    assert numbers == list(range(2, 2_502))
    doubled = await world.value("SELECT row_number FROM roster_row WHERE reason = 'duplicate'")
    assert doubled == 702


async def test_nothing_personal_lies_open(world: World, tmp_path: Path) -> None:
    line = changed(rows(1)[0], nama="Zulkifli Harahap", alamat="Jalan Rahasia 7")
    roster = await read(world, roster_csv([line]))
    for table in ("roster", "roster_chunk", "roster_block", "roster_row", "audit_entry", "idempotency"):
        if not await world.value("SELECT to_regclass($1) IS NOT NULL", table):
            continue
        for row in await world.rows(f"SELECT t::text AS text FROM {table} AS t"):
            for secret in ("Zulkifli", "Rahasia", line.nik, "34500000"):
                assert secret not in row["text"], table
                assert secret.encode().hex() not in row["text"], table
    assert UUID(roster["roster_id"])
