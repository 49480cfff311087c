"""Uploaded files: known when sent twice, told row by row, kept within areas, without anybody's data in the clear."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.access.roles import Role
from shared.contracts.events.employer_changed import EmployerChanged
from shared.contracts.events.employer_contact import EmployerContact
from shared.contracts.events.employer_registered import EmployerRegistered
from shared.contracts.events.employer_reported import EmployerReported
from shared.privacy import ContactOpener, SealedContact, contact_vault
from tests.compliance.office import EMPLOYER_HEADER, KOPI, SAWIT, WAGE_HEADER, Office, nik, officer, wage_rows
from tests.service_world import person

SECRETS = ("Ibu Contoh", "81200000001", "a@example.id", nik(1), nik(2))


async def test_an_employer_is_registered_changed_and_reachable(office: Office) -> None:
    done = await office.employers(SAWIT, KOPI)
    assert (done["rows"], done["accepted_rows"], done["refused_rows"], done["known"]) == (2, 2, 0, False)
    registered = {event.region_code: event for event in await office.world.emitted(EmployerRegistered)}
    assert (registered["6408"].programmes, registered["6408"].risk_class) == (("JKK", "JKM", "JHT", "JP"), 3)
    (contact,) = await office.world.emitted(EmployerContact)
    assert contact.employer_id == registered["6408"].employer_id
    opener = ContactOpener(contact_vault(office.contact_keys))
    sealed = SealedContact(contact.key_reference, contact.algorithm, contact.ciphertext, contact.content_version)
    opened = opener.open(contact.employer_id, sealed)
    assert (opened.name, opened.phone, opened.email) == ("Ibu Contoh", "+6281200000001", "a@example.id")

    await office.employers(SAWIT.replace("menengah,3", "besar,4"), KOPI.replace("Warung Kopi", "Kedai Kopi"))
    (changed,) = await office.world.emitted(EmployerChanged)
    assert (changed.changed, changed.size_class, changed.risk_class) == (("size-class", "risk-class"), "besar", 4)
    assert changed.aggregate_version == 2
    assert len(await office.world.emitted(EmployerContact)) == 1

    await office.employers(SAWIT.replace("menengah,3", "besar,4").replace("0812-0000-0001", "0812-0000-0002"))
    versions = [event.aggregate_version for event in await office.world.emitted(EmployerContact)]
    assert versions == [1, 3]
    assert len(await office.world.emitted(EmployerChanged)) == 1
    again = await office.employers(
        SAWIT.replace("menengah,3", "besar,4").replace("0812-0000-0001", "0812-0000-0002"), ""
    )
    assert (again["known"], again["accepted_rows"]) == (False, 1)
    assert (await office.result(again["file_id"])) == [
        "2,sudah tercatat,already-known,"
        "Sudah tercatat; tidak ada yang berubah.,It is on record already; nothing has changed."
    ]


async def test_the_same_file_again_is_known_and_changes_nothing(office: Office) -> None:
    await office.employers(SAWIT)
    content = "\n".join((WAGE_HEADER, *wage_rows("KA0001", "2026-10", (5_000_000,))))
    first = await office.upload("wage", content)
    second = await office.upload("wage", content)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == {**first.json(), "known": True}
    assert len(await office.world.emitted(EmployerReported)) == 1
    found = await office.get(f"/v1/files?content_sha256={first.json()['content_sha256']}")
    assert [item["file_id"] for item in found["items"]] == [first.json()["file_id"]]
    key = "the-same-key-twice-0001"
    one, two = [await office.upload("wage", content + "\n", key=key) for _ in range(2)]
    assert one.json() == two.json()
    assert two.headers["Idempotency-Replayed"] == "true"


async def test_a_report_is_replaced_as_a_whole_by_its_next_revision(office: Office) -> None:
    await office.employers(SAWIT)
    await office.wages(*wage_rows("KA0001", "2026-10", (5_000_000, 6_000_000)))
    same = await office.wages(*reversed(wage_rows("KA0001", "2026-10", (5_000_000, 6_000_000))))
    assert {line.split(",")[1] for line in await office.result(same["file_id"])} == {"sudah tercatat"}
    await office.wages(*wage_rows("KA0001", "2026-10", (7_000_000,)), "KA0001,2026-10,123,5000000")
    reported = await office.world.emitted(EmployerReported)
    assert [(e.revision, e.worker_count, e.wages_rupiah) for e in reported] == [(1, 2, 11_000_000), (2, 1, 7_000_000)]
    assert reported[0].aggregate_version < reported[1].aggregate_version
    rows = await office.world.rows("SELECT revision, is_current, refused_rows FROM wage_report ORDER BY revision")
    assert [tuple(row) for row in rows] == [(1, False, 0), (2, True, 1)]


async def test_the_result_tells_each_row_in_indonesian(office: Office) -> None:
    await office.employers(KOPI)
    done = await office.wages(
        f"KA0002,2026-10,{nik(1)},3000000", f"KA0009,2026-10,{nik(2)},3000000", "KA0002,2026-10,1,1"
    )
    assert (done["rows"], done["accepted_rows"]) == (3, 1)
    assert done["refused_by_reason"] == {"npp-unknown": 1, "nik-length": 1}
    lines = await office.result(done["file_id"])
    assert [line.split(",")[:3] for line in lines] == [
        ["2", "diterima", "accepted"], ["3", "ditolak", "npp-unknown"], ["4", "ditolak", "nik-length"]
    ]  # fmt: skip
    assert "NIK harus 16 angka" in lines[2]
    for line in lines[1:]:
        assert "unggah lagi seluruh daftar upah" in line, "a row alone would replace the whole list"
    paid = await office.payments("KA0002,2026-10,P-1,1,0,besok")
    assert "seluruh daftar" not in (await office.result(paid["file_id"]))[0]


async def test_a_file_that_cannot_be_taken_leaves_nothing(office: Office) -> None:
    for content, code in (
        (b"", "file-empty"),
        (WAGE_HEADER.encode(), "file-empty"),
        (b"a,b\n1,2", "file-columns"),
        ("\u00fc".encode("latin-1"), "file-unreadable"),
    ):
        answer = await office.upload("wage", content)
        assert answer.status_code == 422
        assert answer.json()["type"] == f"urn:payung:problem:{code}"
    assert await office.world.value("SELECT count(*) FROM uploaded_file") == 0


async def test_areas_hold_for_rows_files_employers_and_months(office: Office) -> None:
    mixed = "\n".join((EMPLOYER_HEADER, SAWIT, KOPI))
    done = (await office.upload("employer", mixed, areas=("6472",))).json()
    assert done["refused_by_reason"] == {"region-outside": 1}
    whole = (await office.upload("employer", mixed)).json()
    assert (whole["known"], whole["accepted_rows"]) == (False, 2), "another area, another outcome"
    stolen = (
        await office.upload("employer", f"{EMPLOYER_HEADER}\n{SAWIT.replace('6408', '6472')}", areas=("6472",))
    ).json()
    assert stolen["refused_by_reason"] == {"region-outside": 1}
    content = "\n".join(
        (WAGE_HEADER, *wage_rows("KA0001", "2026-10", (5_000_000,)), *wage_rows("KA0002", "2026-10", (3_000_000,)))
    )
    part = (await office.upload("wage", content, areas=("6472",))).json()
    assert part["refused_by_reason"] == {"npp-unknown": 1}
    await office.upload("wage", content)
    assert (await office.assess("2026-10", areas=("6472",)))["assessed"] == 1
    assert (await office.assess("2026-10"))["assessed"] == 1
    for areas, count in ((("6472",), 1), (("6408",), 1), (("64",), 2), (("6401",), 0)):
        page = await office.get("/v1/employers", areas=areas)
        assert len(page["items"]) == count
        assert (await office.get("/v1/summary", areas=areas))["assessed"] == count
    sawit = await office.world.value("SELECT employer_id FROM employer WHERE npp = 'KA0001'")
    for path in (f"/v1/employers/{sawit}", f"/v1/files/{whole['file_id']}", f"/v1/files/{whole['file_id']}/result"):
        assert (await office.client.get(path, headers=officer(("6472",)))).status_code == 404
    assert (await office.get(f"/v1/employers/{sawit}"))["months"][0]["month"] == "2026-10"
    nobody = await office.client.get("/v1/employers", headers=person("x", Role.ENUMERATOR))
    assert nobody.status_code == 403
    assert (await office.upload("wage", content, role=Role.AUDITOR)).status_code == 403


async def test_pages_follow_each_other(office: Office) -> None:
    await office.employers(SAWIT, KOPI, KOPI.replace("KA0002", "KA0003"))
    seen: list[str] = []
    path: str | None = "/v1/employers?limit=2"
    while path:
        page = await office.get(path)
        seen += [item["npp"] for item in page["items"]]
        path = page["next"]
    assert sorted(seen) == ["KA0001", "KA0002", "KA0003"]
    assert [item["npp"] for item in (await office.get("/v1/employers?late=true"))["items"]] == []
    assert len((await office.get("/v1/employers?late=false&area=6472"))["items"]) == 2


async def test_nobodys_data_are_stored_or_told_in_the_clear(office: Office) -> None:
    await office.employers(SAWIT)
    await office.wages(*wage_rows("KA0001", "2026-10", (5_000_000, 6_000_000)))
    await office.assess("2026-10")
    tables = await office.world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        for row in await office.world.rows(f'SELECT * FROM "{table["tablename"]}"'):
            text = " ".join(_text(value) for value in row.values())
            assert not [secret for secret in SECRETS if secret in text], table["tablename"]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return "" if isinstance(value, UUID) else str(value)
