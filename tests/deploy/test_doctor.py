"""The doctor finds nothing wrong where tests run, and names what is missing with a command where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.local import doctor
from deploy.local.doctor import Check, examine


def _by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_machine_that_runs_these_tests_is_well(tmp_path: Path) -> None:
    checks = examine(tmp_path / "home")
    assert [check for check in checks if check.verdict == "fail"] == []
    expected = {"python", "packages", "postgres", "account", "home", "disk", "memory", "ports", "locale"}
    assert expected <= set(_by_name(checks))
    for check in checks:
        assert check.sentence.endswith("."), check
        assert bool(check.mend) == (check.verdict != "ok"), check
    assert not (tmp_path / "home").exists()  # it looks and changes nothing


def test_missing_java_and_maven_come_with_the_command_that_mends_them(tmp_path: Path) -> None:
    (tmp_path / "apt-get").write_text("#!/bin/sh\n")
    (tmp_path / "apt-get").chmod(0o755)
    env = {"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    found = _by_name(examine(tmp_path, env))
    sudo = "" if os.geteuid() == 0 else "sudo "
    assert (found["java"].verdict, found["kafka"].verdict) == ("warn", "warn")
    assert found["java"].mend == f"{sudo}apt-get install -y openjdk-17-jre-headless"
    assert found["kafka"].mend == f"{sudo}apt-get install -y maven"
    assert "stand-in broker" in found["java"].sentence

    demanded = _by_name(examine(tmp_path, env | {"PAYUNG_LOCAL_BROKER": "kafka"}))
    assert (demanded["java"].verdict, demanded["kafka"].verdict) == ("fail", "fail")


@pytest.mark.parametrize(
    ("manager", "command"),
    [("dnf", "dnf install -y maven"), ("apk", "apk add maven"), ("brew", "brew install maven")],
)
def test_the_command_suits_the_machine(tmp_path: Path, manager: str, command: str) -> None:
    (tmp_path / manager).write_text("#!/bin/sh\n")
    (tmp_path / manager).chmod(0o755)
    assert doctor.install_command("maven", {"PATH": str(tmp_path)}).endswith(command)


def test_a_broker_elsewhere_needs_no_java(tmp_path: Path) -> None:
    found = _by_name(examine(tmp_path, {"PATH": "", "PAYUNG_KAFKA_BOOTSTRAP": "broker.example:9092"}))
    assert found["broker"].verdict == "ok"
    assert "java" not in found


def test_a_home_that_cannot_be_written_to_is_named() -> None:
    found = _by_name(examine(Path("/proc/nowhere") if Path("/proc/self").exists() else Path("/dev/nowhere")))
    assert found["home"].verdict == "fail"
    assert found["home"].mend.startswith("export PAYUNG_HOME=")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps databases outside the home")
def test_a_database_whose_home_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "0123.home").write_text(f"{tmp_path}/gone\n")
    monkeypatch.setattr(doctor, "SYSTEM_FOLDER", tmp_path)
    found = _by_name(examine(tmp_path))["abandoned data"]
    assert found.verdict == "warn"
    assert found.mend == f"rm -r {tmp_path}/0123 {tmp_path}/0123.home"
