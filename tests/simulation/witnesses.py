"""What people outside would find: BPJS's book, the events as an agency reads them, the messages in the mailbox."""

from __future__ import annotations

import json
from calendar import monthrange
from collections import Counter
from datetime import date, timedelta

from tests.simulation.world import World


async def money_and_messages(world: World) -> list[str]:
    """Sentences on money that moved twice or not at all, and on messages that came twice."""
    return [*_paid_once(world), *await _book_agrees(world), *await _fined_once(world), *_told_once(world)]


def _paid_once(world: World) -> list[str]:
    """An agency that drops repeats by ``ce_id`` sees one payment of a worker's month and programme, over all payers."""
    paid: Counter[tuple[str, str, str]] = Counter()
    due: dict[str, int] = {}
    budget: dict[str, int] = {}
    seen: set[bytes | None] = set()
    for place, records in world.log.records.items():
        if place.topic not in ("contribution.paid", "contribution.due", "funding.opened", "funding.changed"):
            continue
        for record in records:
            event_id = dict(record.headers)["ce_id"]
            if event_id in seen:
                continue
            seen.add(event_id)
            body = json.loads(record.value or b"{}")
            if place.topic.startswith("funding"):
                line = body["funding_line_id"]
                budget[line] = max(budget.get(line, 0), body["amount_rupiah"])
            elif body["payer_kind"] == "subsidy" and place.topic == "contribution.paid":
                for programme in body["amounts_rupiah"]:
                    paid[(body["subject_id"], body["month"], programme)] += 1
            elif body["payer_kind"] == "subsidy":
                due[body["funding_line_id"]] = due.get(body["funding_line_id"], 0) + body["amount_rupiah"]
    anomalies = [f"paid twice: {' '.join(key)} was announced {times} times" for key, times in paid.items() if times > 1]
    anomalies += [
        f"overspent: funding line {line} has {budget.get(line, 0)} rupiah and owes {total}"
        for line, total in due.items()
        if total > budget.get(line, 0)
    ]
    return anomalies


async def _book_agrees(world: World) -> list[str]:
    """What BPJS has booked is what the ledger has paid, once everything is confirmed."""
    anomalies = [f"BPJS got money twice: {' '.join(place)}" for place in world.branch.booked_twice]
    rows = await world.nodes["subsidy"].rows("SELECT worker_id::text, month FROM payment_line")
    ours = {(row[0], row[1]) for row in rows}
    booked = world.branch.booked.keys()
    anomalies += [f"BPJS has booked {' '.join(place)}; subsidy has not" for place in sorted(booked - ours)]
    anomalies += [f"subsidy has paid {' '.join(place)}; BPJS has not booked it" for place in sorted(ours - booked)]
    return anomalies


async def _fined_once(world: World) -> list[str]:
    """Each begun month of delay costs 2 % of what was owed when it began, once: counted here from the payments."""
    accounts = await world.nodes["compliance"].rows(
        "SELECT contribution_id, due_on, due_rupiah, fine_due_rupiah, coalesce(fine_as_of, due_on) AS until"
        " FROM contribution"
    )
    if not accounts:
        return []
    paid: dict[object, list[tuple[date, int]]] = {}
    for row in await world.nodes["compliance"].rows(
        "SELECT contribution_id, paid_on, a.contribution_rupiah FROM allocation a JOIN payment USING (payment_id)"
    ):
        paid.setdefault(row[0], []).append((row[1], row[2]))
    anomalies = []
    for account in accounts:
        fine_rupiah, begins = 0, account["due_on"] + timedelta(days=1)
        while begins <= account["until"]:
            before = sum(rupiah for day, rupiah in paid.get(account["contribution_id"], []) if day < begins)
            fine_rupiah += max(0, (account["due_rupiah"] - before) * 2 + 50) // 100
            begins = _a_month_later(account["due_on"], begins)
        if fine_rupiah != account["fine_due_rupiah"]:
            anomalies.append(
                f"fine: contribution {account['contribution_id']} is fined {account['fine_due_rupiah']} rupiah,"
                f" its payments make {fine_rupiah}"
            )
    return anomalies


def _a_month_later(due_on: date, begins: date) -> date:
    """The day after the due date's day in the next month; of a shorter month, after its last."""
    last = begins - timedelta(days=1)
    year, month = (last.year + 1, 1) if last.month == 12 else (last.year, last.month + 1)
    return date(year, month, min(due_on.day, monthrange(year, month)[1])) + timedelta(days=1)


def _told_once(world: World) -> list[str]:
    """Every line of the mailbox is another (person, purpose, period)."""
    told: Counter[tuple[str, str, str]] = Counter()
    for path in sorted((world.folder / "mailbox").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            told[(message["to"]["name"], message["purpose"], message["period"])] += 1
    return [f"told twice: {' '.join(key)}, {times} messages" for key, times in told.items() if times > 1]
