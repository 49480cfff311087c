"""Registering people: decisions with receipts, duplicates, check lists, and what the vault keeps."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.access.roles import Role
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from shared.privacy.contact import ContactOpener, SealedContact, contact_vault
from shared.service.jobs import ItemFailedError
from tests.enrolment.kit import accept, changed, read, register, result, roster_csv, rows, show, upload
from tests.service_world import ServiceWorld, person

World = ServiceWorld[Any]


async def add_list(world: World, kind: str, *niks: str) -> dict[str, Any]:
    async with world.api() as client:
        content = "nik\n" + "\n".join(niks) + "\n"
        answer = await client.post(
            "/v1/check-lists",
            files={"file": ("daftar.csv", content.encode())},
            data={"kind": kind},
            headers=person("bpjs-1", Role.BPJS_BRANCH),
        )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_everybody_gets_one_decision_with_its_receipt(world: World, tmp_path: Path) -> None:
    lines = rows(8)
    added = await add_list(world, "deceased", lines[1].nik, lines[1].nik, "bukan nik")
    assert (added["rows"], added["refused_rows"], added["added"]) == (3, 1, 1)
    await add_list(world, "wage-worker", lines[2].nik)
    lines[3] = changed(lines[3], status_bekerja="tidak", desil="8")
    lines[4] = changed(lines[4], kode_pekerjaan="K05")
    lines[5] = changed(lines[5], tanggal_lahir="2010-06-06", nik="6402010606100006")
    lines[6] = changed(lines[6], tanggal_lahir="1950-06-07", nik="6402010706500007")
    workers = await register(world, lines)
    expected = [
        (),
        ("deceased",),
        ("employed",),
        ("not-working", "not-poor"),
        ("occupation-not-listed",),
        ("too-young",),
        ("too-old",),
        (),
    ]
    rejected = {event.worker_id: event.reasons for event in await world.emitted(WorkerRejected)}
    verified = {event.worker_id for event in await world.emitted(WorkerVerified)}
    assert [rejected.get(worker, ()) for worker in workers] == expected
    assert verified == {worker for worker, reasons in zip(workers, expected, strict=True) if not reasons}
    receipt = (await world.rows("SELECT * FROM decision WHERE worker_id = $1", workers[3]))[0]
    inputs = receipt["inputs"]
    assert (receipt["rules_version"], receipt["decided_by"], receipt["kind"]) == (
        "eligibility-2025-02-05",
        "rules",
        "automatic",
    )
    assert inputs["checks"]["not-poor"] is False
    assert inputs["limits"]["max_decile"] == 4
    for event in await world.emitted(WorkerRegistered):
        assert (event.region_code, event.origin) == ("6402", "roster")
    roster_id = (await world.rows("SELECT roster_id FROM roster"))[0]["roster_id"]
    shown = await result(world, str(roster_id))
    assert (shown[0]["status"], shown[1]["status"]) == ("terverifikasi", "tidak memenuhi syarat")
    assert shown[3]["kode"] == "not-working;not-poor"
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken


async def test_the_first_who_brings_a_nik_is_registered(world: World) -> None:
    """Two rosters with the same person, both read and accepted before either is registered."""
    shared_row, *others = rows(3)
    ids = []
    for other in others:
        roster = await read(world, roster_csv([other, shared_row]))
        ids.append(roster["roster_id"])
    async with world.api() as client:
        for roster_id in ids:
            assert (await accept(client, roster_id)).status_code == 202
        for _ in range(3):
            await world.run_job("register-rosters")
        first, second = [await show(client, roster_id) for roster_id in ids]
    assert (first["state"], first["accepted_rows"], first["refused_rows"]) == ("registered", 2, 0)
    assert (second["state"], second["accepted_rows"], second["refused_rows"]) == ("registered", 1, 1)
    assert second["refused_by_reason"] == {"duplicate": 1}
    assert await world.value("SELECT count(*) FROM worker") == 3
    third = await read(world, roster_csv([shared_row, *rows(1, 9)]))
    assert third["refused_by_reason"] == {"duplicate": 1}, "against people who are registered, already when read"


async def test_same_name_and_birth_date_is_only_flagged(world: World) -> None:
    one, two = rows(2)
    alike = changed(two, nama="warga. nomor B", tanggal_lahir=one.cells[2])
    one = changed(one, nama="Warga Nomor B")
    workers = await register(world, [one, alike])
    assert len(workers) == 2
    cases = await world.rows("SELECT kind, worker_id, details FROM review_case")
    assert [(case["kind"], case["worker_id"]) for case in cases] == [("near-duplicate", workers[1])]
    assert cases[0]["details"] == {"other": str(workers[0])}


async def test_a_list_that_comes_later_opens_a_case(world: World) -> None:
    workers = await register(world, rows(2))
    await add_list(world, "deceased", rows(1)[0].nik)
    await add_list(world, "deceased", rows(1)[0].nik)
    cases = await world.rows("SELECT kind, worker_id FROM review_case")
    assert [(case["kind"], case["worker_id"]) for case in cases] == [("on-list-deceased", workers[0])]
    assert await world.value("SELECT count(*) FROM worker WHERE decision = 'verified'") == 2
    async with world.api() as client:
        refused = await client.post(
            "/v1/check-lists",
            files={"file": ("x.csv", b"nomor\n1\n")},
            data={"kind": "deceased"},
            headers=person("bpjs-1", Role.BPJS_BRANCH),
        )
    assert refused.status_code == 422
    assert refused.json()["reason"] == "columns-missing"


async def test_the_vault_keeps_what_the_tables_do_not_show(world: World) -> None:
    line = changed(rows(1)[0], nama="Zulkifli Harahap", alamat="Jalan Rahasia 7", kode_pekerjaan="P19")
    (worker,) = await register(world, [line])
    for table in ("worker", "person", "decision", "worker_history", "review_case", "outbox", "roster_row"):
        for row in await world.rows(f"SELECT t::text AS text FROM {table} AS t"):
            for secret in ("Zulkifli", "Rahasia", line.nik, "P19", "34500000"):
                assert secret not in row["text"], table
                assert secret.encode().hex() not in row["text"], table
    assert await world.value("SELECT count(*) FROM roster_chunk") == 0
    assert await world.value("SELECT count(*) FROM roster_block") == 0
    assert await world.value("SELECT wrapped_key FROM roster") is None
    (contact,) = await world.emitted(WorkerContact)
    sealed = SealedContact(contact.key_reference, contact.algorithm, contact.ciphertext, contact.content_version)
    opened = ContactOpener(contact_vault(world.context.settings.contact_keys_path)).open(worker, sealed)
    assert (opened.name, opened.phone, opened.language) == ("Zulkifli Harahap", "+6281234500000", "id")
    async with world.api() as client:
        shown = (await client.get(f"/v1/workers/{worker}", headers=person("v", Role.VERIFIER))).json()
    assert (shown["name_masked"], shown["nik_masked"]) == ("Z*** H***", "*" * 12 + line.nik[-4:])
    assert shown["occupation_code"] == "P23"


async def test_a_job_that_dies_registers_nobody_twice(world: World, monkeypatch: Any, tmp_path: Path) -> None:
    from services.enrolment import store
    from services.enrolment.handlers import roster_reading
    from services.enrolment.handlers.registration import roster_job

    monkeypatch.setattr(roster_reading, "_BLOCK_ROWS", 5)
    monkeypatch.setattr(roster_job, "BLOCKS_PER_RUN", 2)
    roster = await read(world, roster_csv(rows(23)))
    async with world.api() as client:
        await accept(client, roster["roster_id"])
    await world.run_job("register-rosters")
    assert await world.value("SELECT count(*) FROM worker") == 10

    async def dies(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken_run:
        broken_run.setattr(store.cases, "open", dies)
        with contextlib.suppress(ItemFailedError):
            await world.run_job("register-rosters")
    assert await world.value("SELECT count(*) FROM worker") == 10
    for _ in range(3):
        await world.run_job("register-rosters")
    assert await world.value("SELECT count(*) FROM worker") == 23
    assert len(await world.emitted(WorkerRegistered)) == 23
    broken = await world.verify(tmp_path / "facts")
    assert not any(broken.values()), broken


async def test_two_people_and_only_their_area(world: World) -> None:
    async with world.api() as client:
        taken = (await upload(client, roster_csv(rows(2)), areas=("6402",))).json()
        roster_id = taken["roster_id"]
        too_early = await accept(client, roster_id)
        await world.run_job("read-rosters")
        own = await accept(client, roster_id, who="officer-1")
        elsewhere = await client.post(
            f"/v1/rosters/{roster_id}/acceptance", headers=person("v", Role.VERIFIER, areas=("6471",))
        )
        wrong_role = await client.post(f"/v1/rosters/{roster_id}/acceptance", headers=person("e", Role.ENUMERATOR))
        good = await accept(client, roster_id)
        twice = await accept(client, roster_id)
        for _ in range(2):
            await world.run_job("register-rosters")
        worker = await world.value("SELECT worker_id FROM worker LIMIT 1")
        seen = {}
        for area in ("64", "6402", "640201", "6471"):
            headers = person("v", Role.VERIFIER, areas=(area,))
            many = (await client.get("/v1/workers", headers=headers)).json()["items"]
            one = (await client.get(f"/v1/workers/{worker}", headers=headers)).status_code
            counts = (await client.get("/v1/summary", headers=headers)).json()
            rosters = (await client.get("/v1/rosters", headers=headers)).json()["items"]
            file = (await client.get(f"/v1/rosters/{roster_id}/result", headers=headers)).status_code
            seen[area] = (len(many), one, counts["registered"], len(rosters), file)
    assert too_early.status_code == twice.status_code == 409
    assert too_early.json()["state"] == "received"
    assert own.status_code == 403
    assert own.json()["type"].endswith("same-person")
    assert elsewhere.status_code == 404
    assert wrong_role.status_code == 403
    assert good.status_code == 202
    assert seen["64"] == seen["6402"] == (2, 200, 2, 1, 200)
    assert seen["640201"] == (2, 200, 2, 0, 404), "a roster for a wider area is for those who work for all of it"
    assert seen["6471"] == (0, 404, 0, 0, 404)


async def test_pages_of_workers_and_cases(world: World) -> None:
    workers = await register(world, rows(5))
    async with world.api() as client:
        headers = person("auditor", Role.AUDITOR)
        got: list[UUID] = []
        path = "/v1/workers?limit=2&status=verified"
        while path:
            page = (await client.get(path, headers=headers)).json()
            got += [UUID(item["worker_id"]) for item in page["items"]]
            path = page["next"]
        none = (await client.get("/v1/workers?area=6471", headers=headers)).json()
        refused = await client.get("/v1/workers?nama=x", headers=headers)
        cases = (await client.get("/v1/cases", headers=headers)).json()
    assert got == workers
    assert none["items"] == cases["items"] == []
    assert refused.status_code == 422
