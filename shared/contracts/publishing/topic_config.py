"""Kafka's settings of a topic, made from the catalogue: one truth for the broker, AsyncAPI and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.contracts.spec import TopicSpec

# A deleted key's mark stays this long, so that a reader that was away still learns that it must forget.
_MARKS_KEPT: Final = timedelta(days=30)
# An outdated or deleted ciphertext is gone from the broker after about this time.
_OUTDATED_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """What depends on the cluster, not on the topic.

    A cluster of three brokers or more: ``replication_factor=3, min_insync_replicas=2``, so that a confirmed event
    survives the loss of a broker. ``max_message_bytes`` limits one batch of records as the relay sends it.
    """

    replication_factor: int = 1
    min_insync_replicas: int = 1
    max_message_bytes: int = 1024 * 1024

    def __post_init__(self) -> None:
        if not 1 <= self.min_insync_replicas <= self.replication_factor:
            raise ValueError(
                "min_insync_replicas must lie between 1 and replication_factor, or no event could ever be confirmed."
            )


def topic_config(spec: TopicSpec, cluster: ClusterSettings) -> dict[str, str]:
    """The topic's settings by Kafka's names, as text; times in milliseconds, sizes in bytes."""
    config = {
        "cleanup.policy": "compact" if spec.compacted else "delete",
        "max.message.bytes": str(cluster.max_message_bytes),
        "min.insync.replicas": str(cluster.min_insync_replicas),
    }
    if spec.retention_days is not None:
        config["retention.ms"] = _milliseconds(timedelta(days=spec.retention_days))
    else:
        config["delete.retention.ms"] = _milliseconds(_MARKS_KEPT)
        config["max.compaction.lag.ms"] = _milliseconds(_OUTDATED_KEPT)
    return config


def _milliseconds(span: timedelta) -> str:
    return str(span // timedelta(milliseconds=1))
