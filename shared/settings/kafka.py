"""Turns the Kafka settings into what aiokafka's clients take, so that every client is secured the same way."""

from __future__ import annotations

import ssl
from typing import Any

from shared.settings.base import ServiceSettings


def kafka_client_options(settings: ServiceSettings) -> dict[str, Any]:
    """Keyword arguments for AIOKafkaProducer, AIOKafkaConsumer and AIOKafkaAdminClient: address and security.

    Raises OSError or ssl.SSLError when the certificate authority's file cannot be used.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security,
    }
    if settings.kafka_security == "SASL_SSL" and settings.kafka_password is not None:
        ca_file = None if settings.kafka_ca_file is None else str(settings.kafka_ca_file)
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
            "ssl_context": ssl.create_default_context(cafile=ca_file),
        }
    return options
