"""Turns the Kafka settings into what aiokafka's clients take, so that every client is secured the same way."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from shared.settings.base import ServiceSettings
from shared.settings.sources import SettingsError


def kafka_client_options(settings: ServiceSettings) -> dict[str, Any]:
    """Keyword arguments for AIOKafkaProducer, AIOKafkaConsumer and AIOKafkaAdminClient: address and security.

    Raises SettingsError when the certificate authority's file cannot be used.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": settings.kafka_security,
    }
    if settings.kafka_security == "SASL_SSL" and settings.kafka_password is not None:
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
            "ssl_context": _ssl_context(settings.kafka_ca_file),
        }
    return options


def _ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:  # SSLError is one, too
        why = "it is not a certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(
            [f"PAYUNG_KAFKA_CA_FILE names {ca_file}, which cannot be used ({why}). Mount the authority's certificate."]
        ) from None
