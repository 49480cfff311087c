"""Apache Kafka for the embedded run: its jars, and one node that is broker and controller at once."""

from deploy.local.kafka.archive import ensure_archive
from deploy.local.kafka.jars import KafkaUnavailableError, ensure_jars
from deploy.local.kafka.server import server

__all__ = ["KafkaUnavailableError", "ensure_archive", "ensure_jars", "server"]
