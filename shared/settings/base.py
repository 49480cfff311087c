"""Every setting that each service has, with its meaning, unit, default and an example.

The descriptions are shown to operators when a value is missing or wrong, so they are whole phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from shared.settings.redaction import redacted_settings

HOST_AND_PORT = re.compile(r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})$")


def _checked_database_url(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        usable = parts.scheme in {"postgresql", "postgres"} and bool(parts.hostname or parts.query)
        usable = usable and len(parts.path) > 1 and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("it does not look like postgresql://role:password@host:port/name")
    return value


def _checked_bootstrap(value: str) -> str:
    addresses = [address.strip() for address in value.split(",")]
    for address in addresses:
        found = HOST_AND_PORT.match(address)
        if found is None or not 0 < int(found[2]) < 65536:
            raise ValueError("each broker must be written as host:port, several separated by commas")
    return ",".join(addresses)


def _checked_issuer(value: str) -> str:
    """As it is: tokens are compared with it sign by sign, and some providers' issuers end with a slash."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it does not look like http://host:port")
    return value


def _checked_http_url(value: str) -> str:
    return _checked_issuer(value).rstrip("/")


DatabaseUrl = Annotated[SecretStr, AfterValidator(_checked_database_url)]
Bootstrap = Annotated[str, AfterValidator(_checked_bootstrap)]
Issuer = Annotated[str, AfterValidator(_checked_issuer)]
HttpUrl = Annotated[str, AfterValidator(_checked_http_url)]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class ServiceSettings(BaseSettings):
    """What every service can be told from outside; a service adds its own fields in a subclass.

    A field ``x`` here is set by ``PAYUNG_X``, or for one service alone by ``PAYUNG_<SERVICE>_X``; a field of the
    subclass only by ``PAYUNG_<SERVICE>_X``. Each of them can instead name a file: ``..._X_FILE``.
    Make one with `shared.settings.load_settings`.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: DatabaseUrl = Field(
        description="the address of this service's own PostgreSQL database",
        examples=["postgresql://role:password@host:5432/name"],
    )
    database_pool_size: int = Field(5, ge=1, le=100, description="database connections kept open by a process")

    kafka_bootstrap: Bootstrap = Field(
        description="the Kafka brokers to ask first", examples=["kafka-1:9092,kafka-2:9092"]
    )
    kafka_security: Literal["PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to Kafka: PLAINTEXT on one machine only, SASL_SSL everywhere else"
    )
    kafka_user: str | None = Field(
        None, description="the SCRAM-SHA-512 principal of this service", examples=["subsidy"]
    )
    kafka_password: SecretStr | None = Field(None, description="the password of that principal")
    kafka_ca_file: Path | None = Field(
        None, description="the file with the certificate authority that signed the brokers' certificates (PEM)"
    )

    http_host: str = Field("127.0.0.1", min_length=1, description="the address that the API listens on")
    http_port: Port = Field(8000, description="the port that the API listens on; 0 takes a free one")
    http_tls: bool = Field(False, description="whether browsers reach the API over HTTPS; turns HSTS on")
    http_trusted_proxies: str = Field(
        "", description="addresses of proxies whose X-Forwarded-For is believed, separated by commas; empty: nobody's"
    )
    token_issuer: Issuer | None = Field(
        None,
        description="the identity provider whose tokens the API takes (OpenID Connect issuer), as its tokens name it",
        examples=["https://login.example.go.id/realms/payung"],
    )
    token_audience: str = Field("payung", min_length=1, description="the audience that tokens must be made out to")
    ops_host: str = Field("127.0.0.1", min_length=1, description="the address of health checks and metrics")
    ops_port: Port = Field(9000, description="the port of health checks and metrics; 0 takes a free one")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="the least level that is logged"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="json lines, text for people, or auto: text when the output is a terminal"
    )
    otlp_endpoint: HttpUrl | None = Field(
        None,
        description="where to send traces (OTLP over HTTP); traces are off without it",
        examples=["http://collector:4318"],
    )
    trace_sample_ratio: float = Field(0.01, ge=0, le=1, description="the share of new traces that are recorded")

    graceful_timeout_s: Seconds = Field(15.0, description="seconds that running work gets to finish after SIGTERM")
    hard_stop_timeout_s: Seconds = Field(
        25.0, description="seconds after SIGTERM at which the process ends, come what may"
    )
    stuck_limit_s: Seconds = Field(
        300.0, description="seconds without any progress, while there is work and everything answers, before a restart"
    )
    watch_period_s: Seconds = Field(5.0, description="seconds between two looks of the watchdog at all checks")
    loop_stall_limit_s: Seconds = Field(10.0, description="seconds that the event loop may stand still")
    outbox_age_limit_s: Seconds = Field(
        60.0, description="age of the oldest unpublished event that still counts as progress"
    )
    lag_age_limit_s: Seconds = Field(120.0, description="age of the consumer's lag that still counts as progress")
    commit_age_limit_s: Seconds = Field(
        60.0, description="age of the last commit, while there is lag, that counts as progress"
    )

    relay_batch_size: int = Field(4_000, ge=1, le=50_000, description="events that a relay reads and sends at once")
    relay_poll_s: Seconds = Field(
        0.5, description="seconds after which a relay looks for work even without being woken"
    )
    relay_idempotent_producer: bool = Field(
        False, description="whether the relay's producer is idempotent; order and acks=all hold without it"
    )
    consumer_batch_size: int = Field(
        4_000, ge=1, le=50_000, description="events that a worker takes from Kafka at once"
    )
    consumer_batch_timeout_ms: int = Field(50, ge=1, le=60_000, description="milliseconds to wait for a batch to fill")
    consumer_session_timeout_ms: int = Field(
        15_000, ge=6_000, le=300_000, description="milliseconds without a heartbeat after which Kafka gives a worker up"
    )
    consumer_lanes: int = Field(
        2, ge=1, le=16, description="transactions in which a worker applies a batch side by side"
    )
    jobs_poll_s: Seconds = Field(1.0, description="seconds between two looks at which job is due")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` has collected: one order of precedence, one place that refuses unknown names."""
        return (init_settings,)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        """Even a careless repr shows no secret, nor the password inside an address."""
        return redacted_settings(self).items()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kafka_security == "SASL_SSL" and not (self.kafka_user and self.kafka_password):
            raise ValueError("SASL_SSL needs a principal: set PAYUNG_KAFKA_USER and PAYUNG_KAFKA_PASSWORD as well")
        if self.hard_stop_timeout_s <= self.graceful_timeout_s:
            raise ValueError(
                "PAYUNG_HARD_STOP_TIMEOUT_S must be longer than PAYUNG_GRACEFUL_TIMEOUT_S; change one of them"
            )
        return self
