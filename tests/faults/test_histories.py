"""The judges see every class of anomaly in histories made by hand, and nothing in those that are legal."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import pytest

from tests.faults.anomalies import Anomaly, Class, Findings
from tests.faults.command_history import CommandHistory
from tests.faults.message_history import judge_messages
from tests.faults.topic_history import Committed, Published, TopicHistory, judge_inbox

BUDI, SITI = "worker-1", "worker-2"


def number(event: int) -> bytes:
    """The id of event ``event``."""
    return UUID(int=event).bytes


def committed(*events: tuple[int, str], writer: str = "subsidy") -> dict[bytes, Committed]:
    """(event, key) pairs in the order of commit."""
    return {
        number(event): Committed(writer, position, key, b"body%d" % event)
        for position, (event, key) in enumerate(events, start=1)
    }


def published(*events: tuple[int, str]) -> list[Published]:
    """The same as Kafka holds them; each says something of its own."""
    return [Published(number(event), key, b"body%d" % event, b"effect%d" % event) for event, key in events]


def kinds(anomalies: Iterable[Anomaly]) -> list[Class]:
    """Their classes, in order."""
    return [anomaly.kind for anomaly in anomalies]


FOUR = ((1, BUDI), (2, SITI), (3, BUDI), (4, BUDI))


@pytest.mark.parametrize(
    "log",
    [
        FOUR,
        ((2, SITI), (1, BUDI), (3, BUDI), (4, BUDI)),  # order holds within a key only
        ((1, BUDI), (2, SITI), (3, BUDI), (1, BUDI), (3, BUDI), (4, BUDI), (2, SITI)),  # repeats, even older ones
    ],
)
def test_a_legal_topic(log: tuple[tuple[int, str], ...]) -> None:
    history = TopicHistory("contribution.due")
    assert kinds(history.judge(committed(*FOUR), published(*log))) == []
    assert history.events - history.repeats == 4


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (((1, BUDI), (3, BUDI), (4, BUDI)), [Class.LOST]),
        (((1, BUDI), (2, SITI), (4, BUDI), (3, BUDI)), [Class.REORDERED]),
        (((4, BUDI), (1, BUDI), (3, BUDI), (2, SITI)), [Class.REORDERED, Class.REORDERED]),
        (((1, BUDI), (3, BUDI), (1, BUDI), (4, BUDI), (2, BUDI)), [Class.FROM_NOTHING]),  # under another key
        ((*FOUR, (5, BUDI)), [Class.FROM_NOTHING]),
    ],
)
def test_a_broken_topic(log: tuple[tuple[int, str], ...], found: list[Class]) -> None:
    assert kinds(TopicHistory("contribution.due").judge(committed(*FOUR), published(*log))) == found


def test_another_body_than_the_committed_one() -> None:
    log = [*published(*FOUR[:3]), Published(number(4), BUDI, b"other", b"effect4")]
    assert kinds(TopicHistory("contribution.due").judge(committed(*FOUR), log)) == [Class.FROM_NOTHING]


def test_one_effect_said_by_two_events() -> None:
    log = published(*FOUR)
    log[3] = Published(number(4), BUDI, b"body4", b"effect3")
    assert kinds(TopicHistory("contribution.due").judge(committed(*FOUR), log)) == [Class.DUPLICATE]


def test_months_follow_each_other() -> None:
    history = TopicHistory("contribution.due")
    first, second = committed(*FOUR[:2]), committed((3, BUDI), (4, BUDI))
    assert kinds(history.judge(first, published(*FOUR[:2]))) == []
    assert kinds(history.judge(second, published((1, BUDI), (4, BUDI)))) == [Class.LOST], "1 is an old repeat"


def test_two_writers_of_a_topic_count_for_themselves() -> None:
    log = committed((1, BUDI), (2, BUDI)) | committed((3, SITI), writer="compliance")
    assert kinds(TopicHistory("contribution.due").judge(log, published((1, BUDI), (3, SITI), (2, BUDI)))) == []


def test_inboxes() -> None:
    topics = {"worker.verified": {number(1), number(2)}, "worker.enrolled": {number(3)}}

    def judged(entered: list[int], parked: list[int]) -> list[Class]:
        ids = [number(event) for event in entered], [number(event) for event in parked]
        return kinds(judge_inbox("subsidy", *ids, topics))

    assert judged([1, 2, 3], []) == []
    assert judged([1, 3], [2]) == [], "parked is in sight"
    assert judged([1, 3], []) == [Class.LOST]
    assert judged([1, 2, 3, 4], []) == [Class.FROM_NOTHING]
    assert sorted(judged([4], [3])) == sorted([Class.LOST, Class.LOST, Class.FROM_NOTHING])


def answered(*statuses: int | None, bodies: tuple[bytes, ...] = ()) -> CommandHistory:
    """A command with these answers; None is none."""
    history = CommandHistory()
    for place, status in enumerate(statuses):
        body = bodies[place] if bodies else b"the answer"
        history.command("key", "subsidy", "POST /v1/funding-lines", effect="line").answer(status, body)
    return history


@pytest.mark.parametrize(
    ("statuses", "effects", "found"),
    [
        ((201,), 1, []),
        ((None, 503, 201, 201), 1, []),
        ((None,), 0, []),
        ((None,), 1, []),
        ((422,), 0, []),
        ((201,), 0, [Class.LOST]),
        ((None, 201), 2, [Class.DUPLICATE]),
        ((None, None), 2, [Class.DUPLICATE]),
        ((422,), 1, [Class.FROM_NOTHING]),
    ],
)
def test_commands(statuses: tuple[int | None, ...], effects: int, found: list[Class]) -> None:
    assert kinds(answered(*statuses).judge({"line": effects} if effects else {})) == found


def test_two_answers_to_one_command() -> None:
    assert kinds(answered(201, None, 201, bodies=(b"a", b"", b"b")).judge({"line": 1})) == [Class.DUPLICATE]


def test_an_effect_that_nobody_commanded() -> None:
    assert kinds(answered(201).judge({"line": 1, "other": 1})) == [Class.FROM_NOTHING]


def test_messages() -> None:
    states = {"a": "delivered", "b": "queued", "c": "sent"}
    assert kinds(judge_messages(states, ["a", "c"])) == []
    assert kinds(judge_messages(states, ["a"])) == [Class.LOST]
    assert kinds(judge_messages(states, ["a", "c", "c"])) == [Class.DUPLICATE]
    assert kinds(judge_messages(states, ["a", "b", "c"])) == [Class.FROM_NOTHING]
    assert kinds(judge_messages(states, ["a", "c", "d"])) == [Class.FROM_NOTHING]


def test_findings_count_all_and_show_some() -> None:
    findings = Findings()
    findings.add(Anomaly(Class.LOST, "topic", str(event)) for event in range(1000))
    assert findings.total == 1000
    assert findings.as_json()["anomalies"] == {
        "lost": 1000, "duplicate": 0, "reordered": 0, "out of nothing": 0, "stuck": 0, "promise": 0,
    }  # fmt: skip
    assert len(findings.shown) == 20
