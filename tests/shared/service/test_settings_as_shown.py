"""What an operator sees of settings: no part of a secret, and a sentence for every mistake."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.settings import SettingsError, load_settings, redact_url, redacted_settings
from tests.shared.demo.settings import DemoSettings

COMPLETE = {
    "PAYUNG_DEMO_DATABASE_URL": "postgresql://stamps:pw@127.0.0.1:1/stamps",
    "PAYUNG_KAFKA_BOOTSTRAP": "127.0.0.1:1",
}


def load(**more: str) -> DemoSettings:
    return load_settings(DemoSettings, "demo", environment=COMPLETE | more)


def test_a_password_that_looks_like_an_address_is_hidden_whole() -> None:
    assert "k4yu" not in str(redacted_settings(load(PAYUNG_KAFKA_PASSWORD="k4yu://m4nis")))


@pytest.mark.parametrize("url", ["postgresql://role:12/k4yu@host/db", "postgresql://role:12/db#k4yu@host/db"])
def test_an_unescaped_password_is_not_shown_as_host_or_path(url: str) -> None:
    assert "k4yu" not in redact_url(url)
    assert "12" not in redact_url(url)


def test_an_issuer_keeps_its_last_slash() -> None:
    """Tokens name their issuer sign by sign; several well-known providers end it with a slash."""
    assert load(PAYUNG_TOKEN_ISSUER="https://login.example.go.id/").token_issuer == "https://login.example.go.id/"


def test_the_projects_own_names_are_left_alone() -> None:
    names = ("PAYUNG_FAULTS", "PAYUNG_TESTING", "PAYUNG_CRASH_POINT", "PAYUNG_HOME", "PAYUNG_TEST_HOME")
    assert load(**dict.fromkeys((*names, "PAYUNG_LOCAL_BROKER"), "x"))


def demo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
    command = [sys.executable, "-m", "tests.shared.demo", *arguments]
    return subprocess.run(
        command, env=clean | COMPLETE | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_an_issuer_without_https_is_refused_with_a_sentence() -> None:
    done = demo("api", PAYUNG_TOKEN_ISSUER="http://login.example.go.id", PAYUNG_OPS_PORT="0", PAYUNG_HTTP_PORT="0")
    assert done.returncode == 78, done.stdout + done.stderr
    assert "PAYUNG_TOKEN_ISSUER" in done.stderr
    assert "https://" in done.stderr


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_certificate_authority_that_cannot_be_used_is_a_sentence(tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    secure = {"PAYUNG_KAFKA_SECURITY": "SASL_SSL", "PAYUNG_KAFKA_USER": "u", "PAYUNG_KAFKA_PASSWORD": "p"}
    done = demo("relay", PAYUNG_KAFKA_CA_FILE=str(ca_file), PAYUNG_OPS_PORT="0", **secure)
    assert done.returncode == 78, done.stdout + done.stderr
    assert "PAYUNG_KAFKA_CA_FILE" in done.stderr


def test_ctrl_c_ends_a_migration_without_a_traceback() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
    # A shell without job control starts its background jobs, such as a CI run, with this signal ignored.
    program = (
        "import runpy, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "sys.argv[1:] = ['migrate']; runpy.run_module('tests.shared.demo', run_name='__main__')"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=clean | COMPLETE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while b"database_does_not_answer" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read().decode()
        assert process.wait(20) == 130
    assert "Traceback" not in errors


def test_a_secrets_folder_that_cannot_be_read_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # root, who runs some of our tests, may read everything
    with pytest.raises(SettingsError, match="cannot be read"):
        load(PAYUNG_SECRETS_DIR=str(tmp_path))
