"""What officers see: states, never texts or names, and only of their own area."""

from __future__ import annotations

from shared.access.roles import Role
from shared.privacy import Contact
from tests.notification.conftest import Town, enrolled, late, paid, worker
from tests.service_world import person


async def test_messages_and_summary(town: Town) -> None:
    siti, budi, sawit = worker(), worker(), worker()
    await town.world.feed(
        town.contact(siti, Contact("Siti Aminah", "+6281234567890", "siti@example.id")),
        enrolled(siti),
        paid(siti),
        paid(budi),
        late(sawit),
    )
    await town.deliver()
    officer = person("officer", Role.PROGRAMME_OWNER)
    async with town.world.api() as api:
        summary = (await api.get("/v1/summary", headers=officer)).json()
        assert summary["messages"] == {"covered": 1, "paid": 2, "employer-late": 1}
        assert summary["states"] == {
            "queued": 0,
            "waiting-contact": 2,
            "sent": 0,
            "delivered": 2,
            "failed": 0,
            "unknown": 0,
        }
        found = await api.get("/v1/messages", params={"recipient_id": str(siti), "purpose": "paid"}, headers=officer)
        [message] = found.json()["items"]
        assert (message["state"], message["period"], message["attempts"]) == ("delivered", "2026-11", 1)
        one = await api.get(f"/v1/messages/{message['message_id']}", headers=officer)
        assert one.json() == message
        everything = await api.get("/v1/messages", headers=officer)
        for personal in ("Siti", "8123456", "siti@", "Rp16.800", "ciphertext"):
            assert personal not in found.text + one.text + everything.text
        unknown = await api.get(f"/v1/messages/{worker()}", headers=officer)
        assert unknown.status_code == 404
        assert "message-unknown" in unknown.json()["type"]


async def test_pages_follow_each_other(town: Town) -> None:
    await town.world.feed(*(paid(worker()) for _ in range(7)))
    officer = person("officer", Role.AUDITOR)
    async with town.world.api() as api:
        seen: list[str] = []
        address: str | None = "/v1/messages?limit=3&purpose=paid"
        while address:
            page = (await api.get(address, headers=officer)).json()
            seen += [item["message_id"] for item in page["items"]]
            address = page["next"]
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


async def test_an_officer_sees_only_the_own_area(town: Town) -> None:
    siti = worker()
    await town.world.feed(paid(siti))  # of regency 6402
    message = await town.message(siti)
    async with town.world.api() as api:
        for areas, count in [(("6402",), 1), (("6471",), 0)]:
            who = person("officer", Role.VERIFIER, areas=areas)
            assert len((await api.get("/v1/messages", headers=who)).json()["items"]) == count
            assert (await api.get(f"/v1/messages/{message['message_id']}", headers=who)).is_success == bool(count)
            assert (await api.get("/v1/summary", headers=who)).json()["messages"] == ({"paid": 1} if count else {})


async def test_who_may_not_look(town: Town) -> None:
    async with town.world.api() as api:
        for path in ("/v1/messages", "/v1/summary", f"/v1/messages/{worker()}"):
            assert (await api.get(path)).status_code == 401
            assert (await api.get(path, headers=person("x", Role.AGENCY))).status_code == 403
        assert (await api.get("/v1/messages?purpose=A'", headers=person("x", Role.AUDITOR))).status_code == 422
        assert (await api.get("/v1/messages?nik=1", headers=person("x", Role.AUDITOR))).status_code == 422
