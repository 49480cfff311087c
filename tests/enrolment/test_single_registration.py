"""An officer registers one person: the same rules as a roster's row, once, within the officer's area, on the record."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.access.roles import Role
from shared.contracts.events.worker_contact import WorkerContact
from shared.contracts.events.worker_registered import WorkerRegistered
from shared.contracts.events.worker_rejected import WorkerRejected
from shared.contracts.events.worker_verified import WorkerVerified
from tests.enrolment.kit import HEADER, Row, changed, register, result, roster_csv, rows
from tests.enrolment.kit import read as read_roster
from tests.service_world import ServiceWorld, person

World = ServiceWorld[Any]
OFFICER = "officer-9"


def entry(row: Row) -> dict[str, str]:
    return dict(zip(HEADER, row.cells, strict=True))


async def put(client: httpx.AsyncClient, row: Row, *, key: str | None = None, **how: Any) -> httpx.Response:
    role = how.pop("role", Role.ENUMERATOR)
    return await client.post("/v1/workers", json=entry(row), headers=person(OFFICER, role, key=key, **how))


async def test_a_person_is_registered_decided_and_told_of_at_once(world: World, tmp_path: Path) -> None:
    async with world.api() as client:
        answer = await put(client, Row(1))
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert (told["decision"], told["reasons"], told["notes"]) == ("verified", [], [])
        reading = person("officer-2", Role.VERIFIER)
        seen = (await client.get(f"/v1/workers/{told['worker_id']}", headers=reading)).json()
    assert (seen["status"], seen["decision"], seen["region_code"]) == ("verified", "verified", "6402")
    (registered,) = await world.emitted(WorkerRegistered)
    assert (registered.origin, registered.import_id) == ("officer", None)
    (verified,) = await world.emitted(WorkerVerified)
    (contact,) = await world.emitted(WorkerContact)
    assert {registered.worker_id, verified.worker_id, contact.worker_id} == {UUID(told["worker_id"])}
    assert [event.aggregate_version for event in (registered, verified, contact)] == [1, 2, 3]
    entries = await world.rows("SELECT actor, action, subject, details::text FROM audit_entry")
    assert [tuple(row)[:3] for row in entries] == [(OFFICER, "register-worker", f"worker {told['worker_id']}")]
    assert Row(1).nik not in str(entries)
    assert "Warga" not in str(entries)
    assert {name: broken for name, broken in (await world.verify(tmp_path)).items() if broken} == {}
    notices = await world.facts("notice.registered", "source", tmp_path)
    assert notices == {f"{told['worker_id']}|2026-11": ""}


async def test_the_rules_of_a_row_hold(world: World) -> None:
    async with world.api() as client:
        for values, code in (
            ({"nik": "123"}, "nik-length"),
            ({"nik": "=1+1"}, "formula"),
            ({"tanggal_lahir": "2030-01-01"}, "birth-date-impossible"),
            ({"kode_desa": "6471012001"}, "outside-area"),
            ({"desil": "11"}, "decile-unknown"),
        ):
            answer = await put(client, changed(Row(2), **values), areas=("6402",))
            assert answer.status_code == 422, answer.text
            problem = answer.json()
            assert (problem["type"], problem["reason"]) == ("urn:payung:problem:registration-refused", code)
            assert problem["advice_id"]
            assert problem["advice_en"]
        blank = dict.fromkeys(HEADER, "")
        answer = await client.post("/v1/workers", json=blank, headers=person(OFFICER, Role.ENUMERATOR))
        assert answer.json()["reason"] == "nik-empty"
        odd = await put(client, changed(Row(2), telepon="0541-234567", jenis_kelamin="P"))
        assert sorted(odd.json()["notes"]) == ["phone-not-mobile", "sex-differs"]
        too_rich = await put(client, changed(Row(3), desil="9"))
        assert (too_rich.json()["decision"], too_rich.json()["reasons"]) == ("rejected", ["not-poor"])
    assert len(await world.emitted(WorkerRejected)) == 1
    assert await world.value("SELECT count(*) FROM worker") == 2


async def test_only_officers_with_an_area_register(world: World) -> None:
    async with world.api() as client:
        for role in (Role.AUDITOR, Role.PROGRAMME_OWNER, Role.BPJS_BRANCH):
            assert (await put(client, Row(4), role=role)).status_code == 403
        outside = await put(client, Row(4), areas=("6471",))
        assert (outside.status_code, outside.json()["reason"]) == (422, "outside-area")
        assert (await put(client, Row(4), role=Role.VERIFIER)).status_code == 201


async def test_the_same_command_takes_effect_once(world: World) -> None:
    async with world.api() as client:
        key = "an-idempotency-key-of-ours"
        first = await put(client, Row(5), key=key)
        again = await put(client, Row(5), key=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert (await put(client, Row(6), key=key)).status_code == 409
    assert await world.value("SELECT count(*) FROM worker") == 1


async def test_one_person_per_nik_whoever_brings_it(world: World) -> None:
    (known,) = await register(world, rows(1))
    async with world.api() as client:
        answer = await put(client, rows(1)[0])
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:payung:problem:worker-known")
        assert (await put(client, Row(8))).status_code == 201
    roster = await read_roster(world, roster_csv(rows(2, 8)))
    assert (roster["accepted_rows"], roster["refused_rows"]) == (1, 1)
    assert [line["kode"] for line in await result(world, roster["roster_id"])] == ["duplicate", ""]
    assert await world.value("SELECT count(*) FROM worker WHERE worker_id = $1", known) == 1


async def test_two_officers_at_once_register_one_person(world: World) -> None:
    async with world.api() as client:
        answers = await asyncio.gather(*(put(client, Row(9)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await world.value("SELECT count(*) FROM person") == 1
    assert len(await world.emitted(WorkerRegistered)) == 1


async def test_a_namesake_becomes_a_case(world: World) -> None:
    async with world.api() as client:
        assert (await put(client, Row(10))).status_code == 201
        twin = changed(Row(10), nik=f"{Row(10).nik[:-4]}7777")
        assert (await put(client, twin)).status_code == 201
    assert await world.value("SELECT count(*) FROM review_case WHERE kind = 'near-duplicate'") == 1


async def test_nothing_of_a_person_is_in_an_answer_or_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with world.api() as client:
        answers = [await put(client, Row(11)), await put(client, Row(11)), await put(client, changed(Row(12), nik="1"))]
    for text in (*(answer.text for answer in answers), caplog.text):
        assert Row(11).nik not in text
        assert "Warga" not in text
