"""Which changes to a published event are allowed, and what to do instead of those that are not.

One table, read by the gate, printed with each finding and rendered into docs/events. Readers and writers are upgraded
at different times and old events are replayed, so a field that stays must accept exactly what it accepted before:
what a new writer can send, an old reader must take; what an old writer has sent, a new reader must take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["allowed", "refused"]

_NEW_FIELD = "Leave the field as it is and add a new optional field with a default."
_NEW_VERSION = (
    "If it must be so: copy the event to a class with VERSION raised by one, keep the old class under older_events, "
    "and publish both until every reader has moved."
)
_BACK = "Put it back as it was."


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """A kind of change: what it is, whether it may happen, why, and what to do when it was refused or allowed."""

    rule_id: str
    change: str
    verdict: Verdict
    why: str
    advice: str


def _refused(rule_id: str, change: str, why: str, advice: str) -> ChangeRule:
    return ChangeRule(rule_id, change, "refused", why, advice)


def _allowed(rule_id: str, change: str, why: str, advice: str = "Nothing to do.") -> ChangeRule:
    return ChangeRule(rule_id, change, "allowed", why, advice)


_FIELD_RULES = (
    _allowed("optional-field-added", "A new field that may be missing", "Old readers ignore it; old events lack it."),
    _allowed("text-changed", "Other words: description, source, meaning of a value, example", "No value changes."),
    _allowed("known-value-added", "A new documented value of an open code", "Readers tolerate unknown values."),
    _refused(
        "required-field-added",
        "A new field that must be there",
        "Events already sent do not have it.",
        "Give the field a default so that it may be missing.",
    ),
    _refused("field-removed", "A field is gone", "A reader may use it.", f"{_BACK} {_NEW_VERSION}"),
    _refused(
        "field-renamed",
        "A field is gone and another of the same shape has come",
        "Readers look for the old name.",
        f"Keep the old name; add the new one beside it, optional, and fill both. {_NEW_VERSION}",
    ),
    _refused(
        "became-optional",
        "A field that was always there may be missing",
        "A reader relies on it being there.",
        f"Keep it required; send a value that says 'unknown' in a new optional field. {_NEW_VERSION}",
    ),
    _refused(
        "became-required",
        "A field that could be missing must be there",
        "Events already sent may not have it.",
        "Leave it optional; always fill it when writing.",
    ),
    _refused(
        "default-changed",
        "The value that stands for a missing field is another",
        "Events already sent without the field would mean something else.",
        f"{_BACK} Send the new value explicitly.",
    ),
    _refused(
        "field-added-to-closed-object",
        "A new field in an object that refused unknown fields",
        "Old readers refuse it.",
        _NEW_VERSION,
    ),
    _refused(
        "unknown-fields-refused",
        "An object that took unknown fields refuses them",
        "A reader of this version would refuse events of the next.",
        _BACK,
    ),
    _refused(
        "unknown-fields-taken",
        "An object that refused unknown fields takes them",
        "Old readers refuse what a new writer may now send.",
        _NEW_VERSION,
    ),
)

_VALUE_RULES = (
    _refused("type-changed", "Another type", "Neither side reads the other's values.", f"{_NEW_FIELD} {_NEW_VERSION}"),
    _refused("type-narrowed", "Fewer types", "Events already sent may hold the others.", f"{_BACK} {_NEW_VERSION}"),
    _refused("type-widened", "More types", "Old readers refuse the new ones.", f"{_NEW_FIELD} {_NEW_VERSION}"),
    _refused("null-added", "A value may now be null", "Old readers refuse null.", f"{_NEW_FIELD} {_NEW_VERSION}"),
    _refused("null-removed", "A value may no longer be null", "Events already sent may hold null.", _BACK),
    _refused(
        "bound-tightened",
        "A smaller range, length or number of items",
        "Events already sent may lie outside.",
        "Leave the bound; check the tighter one where the value is made.",
    ),
    _refused(
        "bound-loosened",
        "A larger range, length or number of items",
        "Old readers refuse what lies outside theirs.",
        f"{_NEW_FIELD} {_NEW_VERSION}",
    ),
    _refused("pattern-changed", "Another pattern", "Some text fits one and not the other.", f"{_BACK} {_NEW_VERSION}"),
    _refused("format-changed", "Another format or encoding", "Readers parse by it.", f"{_BACK} {_NEW_VERSION}"),
    _refused(
        "closed-value-added",
        "A new value in a closed set",
        "Old readers refuse it; the set was promised to be complete.",
        f"Say it in a new optional field. {_NEW_VERSION}",
    ),
    _refused("closed-value-removed", "A value of a closed set is gone", "Events already sent may hold it.", _BACK),
    _refused("values-closed", "An open value became a closed set", "Events already sent may hold others.", _BACK),
    _refused("values-opened", "A closed set became open", "Old readers refuse other values.", _NEW_VERSION),
    _refused(
        "known-value-removed",
        "A documented value of an open code is gone",
        "Events already sent hold it and readers must find its meaning.",
        "Keep it in the list and say in its meaning since when it is not sent any more.",
    ),
    _refused(
        "alternative-added", "One more shape for a value", "Old readers refuse it.", f"{_NEW_FIELD} {_NEW_VERSION}"
    ),
    _refused("alternative-removed", "One shape fewer for a value", "Events already sent may have it.", _BACK),
    _refused(
        "unit-changed",
        "Another unit",
        "Readers would be wrong by a factor and never notice.",
        "Add a new optional field with the unit in its name.",
    ),
    _refused(
        "not-understood",
        "A keyword that the gate cannot judge has changed",
        "What it does to readers is unknown.",
        "Write the field with the types of shared/contracts/values.py, or teach compare.py the keyword.",
    ),
)

_TOPIC_RULES = (
    _allowed("topic-added", "A new topic", "Nobody reads it yet."),
    _allowed("version-added", "A new version of an event beside the old one", "Readers move when they are ready."),
    _refused(
        "version-removed",
        "A published version is gone",
        "Its events are still kept, and readers may not have moved.",
        "Keep its class under older_events. When no reader is left and retention has passed, delete the frozen file "
        "in the same change.",
    ),
    _refused(
        "topic-removed",
        "A published topic is gone",
        "Somebody may read it.",
        "Keep it. When no reader is left and retention has passed, delete its files and its entry in topics.json "
        "in the same change.",
    ),
    _refused(
        "key-changed",
        "Another key field",
        "Order is kept per key, and joins and compaction rely on it.",
        "Publish under a new topic with the new key.",
    ),
    _refused(
        "partitions-decreased",
        "Fewer partitions",
        "Kafka cannot take partitions away.",
        "Put the number back, or publish under a new topic.",
    ),
    _allowed(
        "partitions-increased",
        "More partitions",
        "Readers take them up by themselves, but keys move: for a moment the order per key can break.",
        "Stop the writers, let the readers catch up, then run topics apply with the flag that adds partitions.",
    ),
    _refused(
        "data-class-opened",
        "More people may see the topic",
        "What was written under a stricter promise would be shown.",
        "Publish under a new topic. If it is decided by whoever answers for the data, change the class in topics.json "
        "by hand and name the decision in the message of that change.",
    ),
    _allowed(
        "data-class-closed",
        "Fewer people may see the topic",
        "Closing is never held up.",
        "Tell the readers outside before they find out.",
    ),
    _refused(
        "compaction-changed",
        "Compacted instead of kept for a time, or the other way",
        "Readers would miss history, or never find the latest state.",
        "Publish under a new topic.",
    ),
    _refused(
        "tombstones-changed",
        "Deletion marks allowed or no longer allowed",
        "Old readers park a null body; marks already sent must stay readable.",
        "Publish under a new topic.",
    ),
    _refused(
        "retention-shortened",
        "Events are kept for a shorter time",
        "A reader that is down or replays would miss events.",
        "Put it back. If every reader agrees, change retention_days in topics.json by hand in the same change.",
    ),
    _allowed("retention-lengthened", "Events are kept longer", "Readers lose nothing; inboxes must remember as long."),
    _allowed("topic-begun", "A planned topic is written from now on", "Nobody could read it before."),
    _refused(
        "topic-withdrawn",
        "A topic that was written is only planned again",
        "Its readers would wait for ever.",
        "Keep it. When no reader is left and retention has passed, set planned in topics.json by hand in the same "
        "change.",
    ),
    _allowed("owner-added", "One more service may write", "The event is the same whoever writes it."),
    _allowed("owner-removed", "A service may no longer write", "The event is the same whoever writes it."),
)

_SHAPE_RULES = (
    _refused(
        "not-frozen", "A version without a frozen schema", "Nothing to compare with.", "Run freeze and commit the file."
    ),
    _refused(
        "frozen-file-lost",
        "A frozen schema file is gone",
        "Without it nobody can tell what was promised.",
        "Fetch it back from the repository's history.",
    ),
    _refused(
        "stale",
        "The frozen file is not what the class says, in an allowed way",
        "Readers see the old text.",
        "Run freeze and commit the file.",
    ),
    _refused(
        "undescribed",
        "A field without description",
        "A reader cannot know what it means.",
        "Describe it with about(...): meaning, unit, legal source.",
    ),
    _refused(
        "unbounded",
        "A text, number, list or map without bounds",
        "One record could be of any size, and a database column could refuse it.",
        "Use a type of shared/contracts/values.py or give it a bound.",
    ),
    _refused(
        "no-example", "An event without an example", "Documents and tests need one.", "Give it a classmethod example()."
    ),
    _refused(
        "example-invalid", "An example that its own schema refuses", "Readers copy examples.", "Correct the example."
    ),
)

RULES: Final[Mapping[str, ChangeRule]] = {
    rule.rule_id: rule for rule in (*_FIELD_RULES, *_VALUE_RULES, *_TOPIC_RULES, *_SHAPE_RULES)
}
"""Every rule by its id."""

GROUPS: Final[Mapping[str, tuple[ChangeRule, ...]]] = {
    "Fields": _FIELD_RULES,
    "Values": _VALUE_RULES,
    "Topics": _TOPIC_RULES,
    "Every published schema": _SHAPE_RULES,
}
"""The rules in the order of the documents."""
