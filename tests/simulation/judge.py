"""Judges a history that has come to rest: the services' own checks, what they must agree on, and the way of events.

The classes of the way of events are those that a log's users fear: lost, doubled, out of order, out of nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Final

from shared.service.verify import KIT_CHECKS
from shared.verification import Facts
from tests.simulation.node import Node
from tests.simulation.witnesses import money_and_messages
from tests.simulation.world import World

_MOST: Final = 8


async def judge(world: World) -> list[str]:
    """Sentences on what is wrong; none where all promises held."""
    anomalies: list[str] = []
    facts: dict[str, dict[str, dict[str, dict[str, str]]]] = defaultdict(lambda: defaultdict(dict))
    for node in world.nodes.values():
        anomalies += await _of_one(node, facts)
        anomalies += await _way_of_events(world, node)
    anomalies += _agreement(facts)
    anomalies += await money_and_messages(world)
    return anomalies


async def _of_one(node: Node, facts: dict[str, dict[str, dict[str, dict[str, str]]]]) -> list[str]:
    anomalies: list[str] = []
    async with node.machine.database.transaction() as tx:
        for check in (*KIT_CHECKS, *node.service.verification.checks):
            broken = await check.find(tx)
            anomalies += [f"check {node.name} {check.name}: {one.row}: {one.sentence}" for one in broken[:_MOST]]
        for fact in node.service.verification.facts:
            facts[fact.name][fact.side][node.name] = await _collected(fact, fact.stream(tx), anomalies)
        waiting = await tx.fetch_value("SELECT count(*) FROM outbox")
    if waiting:
        anomalies.append(f"outbox {node.name}: {waiting} events were never sent")
    return anomalies


async def _collected(fact: Facts, stream: AsyncIterator[tuple[str, str]], anomalies: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    async for key, value in stream:
        if key in found:
            anomalies.append(f"fact {fact.name} {key} is there twice")
        found[key] = value
    return found


def _agreement(facts: dict[str, dict[str, dict[str, dict[str, str]]]]) -> list[str]:
    """What services say and what others have heard."""
    anomalies: list[str] = []
    for name, sides in sorted(facts.items()):
        told: dict[str, str] = {}
        for source in sides.get("source", {}).values():
            told |= source
        for copier, heard in sides.get("copy", {}).items():
            wrong = [key for key in told.keys() | heard.keys() if told.get(key) != heard.get(key)]
            anomalies += [
                f"fact {name} {key}: said {told.get(key)!r}, {copier} has {heard.get(key)!r}"
                for key in sorted(wrong)[:_MOST]
            ]
    return anomalies


async def _way_of_events(world: World, node: Node) -> list[str]:
    """From the outbox into the log, and from the log into the inbox."""
    committed = await node.rows("SELECT event_id, topic, key FROM sim_committed ORDER BY place")
    place = {str(row["event_id"]): number for number, row in enumerate(committed)}
    anomalies: list[str] = []
    seen: Counter[str] = Counter()
    last: dict[tuple[str, str], int] = {}
    source = f"urn:payung:service:{node.name}".encode()
    for records in world.log.records.values():
        for record in records:
            headers = dict(record.headers)
            if headers["ce_source"] != source:
                continue
            event_id = (headers["ce_id"] or b"").decode()
            seen[event_id] += 1
            if event_id not in place:
                anomalies.append(f"from nothing: {record.topic} {event_id} is in the log, {node.name} never wrote it")
            elif seen[event_id] == 1:
                key = (record.topic, (record.key or b"").decode())
                if place[event_id] < last.get(key, -1):
                    anomalies.append(f"reordered: {record.topic} {key[1]} in the log")
                last[key] = place[event_id]
    lost = [event_id for event_id in place if event_id not in seen]
    anomalies += [f"lost: {committed[place[event_id]]['topic']} {event_id} of {node.name}" for event_id in lost[:_MOST]]
    return anomalies[:_MOST] + await _inbox(world, node)


async def _inbox(world: World, node: Node) -> list[str]:
    if not node.topics:
        return []
    applied = {str(row[0]) for row in await node.rows("SELECT event_id FROM inbox")}
    parked = {str(row[0]) for row in await node.rows("SELECT event_id FROM parked_event WHERE status = 'parked'")}
    there = set(_ids(world, node.topics))
    anomalies = [f"lost: {node.name} has neither applied nor parked {one}" for one in sorted(there - applied - parked)]
    anomalies += [f"from nothing: {node.name} has applied {one}" for one in sorted(applied - there)]
    return anomalies[:_MOST]


def _ids(world: World, topics: Iterable[str]) -> Iterable[str]:
    for place in world.log.places(topics):
        for record in world.log.records[place]:
            yield (dict(record.headers)["ce_id"] or b"").decode()
