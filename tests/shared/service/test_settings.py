"""Settings: found in the right place, refused in sentences, never shown with their secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from faststream.kafka.security import parse_security
from pydantic import Field, SecretStr

from shared.service.composition import consumer_security
from shared.settings import ServiceSettings, SettingsError, kafka_client_options, load_settings, redacted_settings

PASSWORD = "Kayu-Manis-77"
URL = f"postgresql://stamps:{PASSWORD}@db.local:5432/stamps?sslmode=require"


class StampSettings(ServiceSettings):
    stamps_per_booklet: int = Field(10, ge=1, description="stamps that fill a booklet")
    colours: list[str] = Field(default_factory=list, description="colours of stamps")
    gateway_token: SecretStr | None = Field(None, description="the token of the printing gateway")


def load(environment: dict[str, str], **options: object) -> StampSettings:
    complete = {"PAYUNG_STAMPS_DATABASE_URL": URL, "PAYUNG_KAFKA_BOOTSTRAP": "localhost:9092"} | environment
    return load_settings(StampSettings, "stamps", environment=complete, **options)  # type: ignore[arg-type]


def refusal(environment: dict[str, str], **options: object) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environment, **options)
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_values_come_from_the_environment_with_defaults() -> None:
    settings = load({"PAYUNG_RELAY_BATCH_SIZE": "250", "PAYUNG_STAMPS_COLOURS": '["merah", "hijau"]', "PATH": "/bin"})
    assert settings.database_url.get_secret_value() == URL
    assert settings.relay_batch_size == 250
    assert settings.colours == ["merah", "hijau"]
    assert settings.kafka_security == "PLAINTEXT"
    assert settings.otlp_endpoint is None


def test_a_setting_for_one_service_outranks_the_common_one() -> None:
    settings = load({"PAYUNG_LOG_LEVEL": "ERROR", "PAYUNG_STAMPS_LOG_LEVEL": "DEBUG"})
    assert settings.log_level == "DEBUG"


def test_a_setting_can_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cr3t-token\n")
    settings = load({"PAYUNG_STAMPS_GATEWAY_TOKEN_FILE": str(secret)})
    assert settings.gateway_token is not None
    assert settings.gateway_token.get_secret_value() == "s3cr3t-token"


def test_a_setting_can_come_from_the_secrets_folder_and_the_environment_outranks_it(tmp_path: Path) -> None:
    (tmp_path / "payung_stamps_gateway_token").write_text("from-folder")
    (tmp_path / "PAYUNG_KAFKA_BOOTSTRAP").write_text("elsewhere:1")
    (tmp_path / "something-else").write_text("not ours")
    settings = load({"PAYUNG_SECRETS_DIR": str(tmp_path)})
    assert settings.gateway_token is not None
    assert settings.gateway_token.get_secret_value() == "from-folder"
    assert settings.kafka_bootstrap == "localhost:9092"


@pytest.mark.parametrize("name", ["PAYUNG_STAMPS_DATABASE_URL_FILE", "PAYUNG_SECRETS_DIR"])
def test_a_file_or_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    environment = {name: str(tmp_path / "absent"), "PAYUNG_KAFKA_BOOTSTRAP": "localhost:9092"}
    with pytest.raises(SettingsError) as caught:
        load_settings(StampSettings, "stamps", environment=environment)
    assert name in str(caught.value)
    assert str(tmp_path / "absent") in str(caught.value)


def test_a_value_and_a_file_at_once_are_refused(tmp_path: Path) -> None:
    sentence = refusal({"PAYUNG_LOG_LEVEL": "INFO", "PAYUNG_LOG_LEVEL_FILE": str(tmp_path / "x")})
    assert "PAYUNG_LOG_LEVEL and PAYUNG_LOG_LEVEL_FILE are both set" in sentence


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    assert "is empty" in refusal({"PAYUNG_STAMPS_GATEWAY_TOKEN_FILE": str(tmp_path / "empty")})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("PAYUNG_KAFKA_BOOTSTRAPS", "PAYUNG_KAFKA_BOOTSTRAP"),
        ("PAYUNG_RELAY_BATCHSIZE", "PAYUNG_RELAY_BATCH_SIZE"),
        ("PAYUNG_STAMPS_COLORS", "PAYUNG_STAMPS_COLOURS"),
        ("PAYUNG_DATABASE_URL", "PAYUNG_STAMPS_DATABASE_URL"),
        ("payung_log_levl", "PAYUNG_LOG_LEVEL"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(typed: str, meant: str) -> None:
    sentence = refusal({typed: PASSWORD})
    assert f"{typed.upper()} is not a setting of stamps" in sentence
    assert f"The nearest known name is {meant};" in sentence


def test_settings_of_neighbours_and_of_the_embedded_run_are_left_alone() -> None:
    neighbour = {"PAYUNG_SUBSIDY_DATABASE_URL": "postgresql://x@y/z", "PAYUNG_HOME": "/somewhere"}
    assert load(neighbour, other_services={"subsidy", "stamps"}).stamps_per_booklet == 10
    assert "PAYUNG_SUBSIDY_DATABASE_URL is not a setting" in refusal(neighbour)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PAYUNG_OPS_PORT", "ninety", "it is not a whole number"),
        ("PAYUNG_OPS_PORT", "70000", "it must be at most 65535"),
        ("PAYUNG_STAMPS_STAMPS_PER_BOOKLET", "0", "it must be at least 1"),
        ("PAYUNG_LOG_LEVEL", "LOUD", "it must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("PAYUNG_STAMPS_DATABASE_URL", f"mysql://{PASSWORD}@h/d", "postgresql://role:password@host:port/name"),
        ("PAYUNG_STAMPS_DATABASE_URL", PASSWORD, "postgresql://role:password@host:port/name"),
        ("PAYUNG_KAFKA_BOOTSTRAP", "kafka", "host:port"),
        ("PAYUNG_KAFKA_SECURITY", "SASL_SSL", "PAYUNG_KAFKA_USER"),
        ("PAYUNG_OTLP_ENDPOINT", "sammler:4318x", "http://host:port"),
        ("PAYUNG_HARD_STOP_TIMEOUT_S", "1", "PAYUNG_GRACEFUL_TIMEOUT_S"),
        ("PAYUNG_STAMPS_COLOURS", "merah", "not valid JSON"),
        ("PAYUNG_RELAY_IDEMPOTENT_PRODUCER", "perhaps", "it is neither true nor false"),
    ],
)
def test_a_bad_value_is_refused_with_what_why_and_what_to_do(name: str, value: str, reason: str) -> None:
    sentence = refusal({name: value})
    assert reason in sentence
    assert "Traceback" not in sentence
    if len(value) > 5 and value != "SASL_SSL":
        assert value not in sentence


def test_a_missing_setting_is_named_with_its_meaning_and_every_mistake_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(StampSettings, "stamps", environment={"PAYUNG_OPS_PORT": "x"})
    first, second, third = sorted(caught.value.sentences)
    assert first.startswith("PAYUNG_KAFKA_BOOTSTRAP is missing; it is the Kafka brokers to ask first.")
    assert second.startswith("PAYUNG_OPS_PORT cannot be used")
    assert "PAYUNG_STAMPS_DATABASE_URL_FILE" in third


def test_settings_are_shown_without_secrets() -> None:
    settings = load({"PAYUNG_STAMPS_GATEWAY_TOKEN": "tok-12345", "PAYUNG_OTLP_ENDPOINT": f"http://u:{PASSWORD}@c:4318"})
    shown = redacted_settings(settings)
    assert PASSWORD not in repr(shown)
    assert PASSWORD not in repr(settings)
    assert "tok-12345" not in repr(shown)
    assert shown["database_url"] == "postgresql://stamps:********@db.local:5432/stamps?********"
    assert shown["otlp_endpoint"] == "http://u:********@c:4318"
    assert shown["stamps_per_booklet"] == 10


def test_secured_kafka_becomes_scram_over_tls_for_both_kinds_of_client() -> None:
    secured = load(
        {"PAYUNG_KAFKA_SECURITY": "SASL_SSL", "PAYUNG_KAFKA_USER": "stamps", "PAYUNG_KAFKA_PASSWORD": PASSWORD}
    )
    options = kafka_client_options(secured)
    given = parse_security(consumer_security(secured)["security"])
    for name in ("security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password"):
        assert given[name] == options[name]
    assert given["ssl_context"].check_hostname
    assert consumer_security(load({})) == {}
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["sasl_plain_username"] == "stamps"
    assert options["ssl_context"].check_hostname
    assert kafka_client_options(load({})) == {"bootstrap_servers": "localhost:9092", "security_protocol": "PLAINTEXT"}
