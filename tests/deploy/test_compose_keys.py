"""The secrets of the compose deployment: made once, fitting together, never shown."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.docker import keys
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.privacy.keyring import Keyring, new_key_line


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """The folders that compose mounts, empty."""
    folder = tmp_path / "secrets"
    for receiver in (*RUNNING_SERVICES, *(f"{name}-db" for name in RUNNING_SERVICES), "login"):
        (folder / receiver).mkdir(parents=True)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_secrets_are_made_once_and_fit_together(volumes: Path) -> None:
    assert keys.main([str(volumes)]) == 0
    first = contents(volumes)
    for service in RUNNING_SERVICES:
        url = urlsplit(first[f"{service}/PAYUNG_{service.upper()}_DATABASE_URL"].decode())
        assert (url.username, url.hostname, url.path) == (service, f"{service}-db", f"/{service}")
        assert url.password == first[f"{service}-db/role"].decode() != first[f"{service}-db/superuser"].decode()
    for service in keys.OWN_VAULT:
        Keyring.from_files(volumes / service / "encryption.keys", volumes / service / "index.keys")
    assert len({first[f"{service}/contact.keys"] for service in keys.CONTACTS}) == 1
    own = [first[name] for name in first if name.endswith((".keys", "/role", "/superuser")) and "contact" not in name]
    assert len(set(own)) == len(own) == 4 + 2 * len(RUNNING_SERVICES)
    assert keys.main([str(volumes)]) == 0
    assert contents(volumes) == first


def test_secrets_are_their_owners_alone(volumes: Path) -> None:
    keys.make_all(volumes)
    modes = {name: stat.S_IMODE((volumes / name).stat().st_mode) for name in contents(volumes)}
    assert {mode for name, mode in modes.items() if "-db/" not in name} == {0o600}
    assert {mode for name, mode in modes.items() if "-db/" in name} == {0o444}  # another image's user; one mount


def test_a_lost_part_is_made_again_from_the_other(volumes: Path) -> None:
    keys.make_all(volumes)
    first = contents(volumes)
    lost = ["subsidy-db/role", "notification/contact.keys", "enrolment/PAYUNG_ENROLMENT_DATABASE_URL"]
    for name in lost:
        (volumes / name).unlink()
    assert sorted(keys.make_all(volumes)) == sorted(lost)
    assert contents(volumes) == first


@pytest.mark.parametrize("name", ["subsidy-db/role", "compliance/contact.keys"])
def test_what_does_not_fit_together_is_told_not_mended(
    volumes: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys.make_all(volumes)
    other = "other-password" if name.endswith("role") else new_key_line("k2")
    (volumes / name).chmod(0o600)
    (volumes / name).write_text(other, encoding="utf-8")
    before = contents(volumes)
    assert keys.main([str(volumes)]) == 1
    told = capsys.readouterr()
    assert "Restore" in told.err
    assert other.strip() not in told.err + told.out
    assert contents(volumes) == before


def test_what_is_printed_names_files_and_no_secret(volumes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys.main([str(volumes)])
    told = capsys.readouterr().out
    assert "enrolment/encryption.keys" in told
    for name, content in contents(volumes).items():
        if not name.endswith(("trusted.pem", "users.json")):
            assert content.decode().strip() not in told, name


def test_the_trusted_certificates_hold_the_issuers_and_no_key(volumes: Path) -> None:
    keys.make_all(volumes)
    trusted = (volumes / "enrolment" / "trusted.pem").read_text(encoding="utf-8")
    assert "PRIVATE" not in trusted
    context = ssl.create_default_context(cadata=trusted)
    assert context.cert_store_stats()["x509"] > 100
