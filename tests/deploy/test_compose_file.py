"""What docker-compose.yml and the Dockerfiles promise, checked without Docker: separation, hardening, no secret."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.docker import keys
from deploy.docker.certificate import LOGIN_HOST
from deploy.docker.login import PLAIN_PORT, TLS_PORT
from shared.contracts.catalogue import RUNNING_SERVICES
from shared.settings import load_settings
from tests.deploy.compose import FILE, ROOT, Container, containers, declared, file, roles_of

SERVICES = sorted(declared())
PUBLISHED = {"kafka", "issuer", *(f"{name}-api" for name in SERVICES)}
EACH = [pytest.param(one, id=one.name) for one in containers().values()]


def test_every_service_has_its_roles_and_its_own_database() -> None:
    wanted = {f"{name}-{part}" for name, service in declared().items() for part in (*roles_of(service), "db")}
    others = {"keys", "kafka", "topics", "issuer", "bpjs-sandbox"}
    assert set(containers()) == wanted | others
    assert set(RUNNING_SERVICES) == set(SERVICES)
    for name in SERVICES:
        for role in roles_of(declared()[name]):
            one = containers()[f"{name}-{role}"]
            assert one.facts["command"] == [role]
            assert one.facts["image"] == f"payung/{name}:local"
            assert one.environment["PAYUNG_KAFKA_BOOTSTRAP"] == "broker:9092"


@pytest.mark.parametrize("one", EACH)
def test_a_container_can_do_little_but_its_work(one: Container) -> None:
    facts = one.facts
    assert facts["read_only"] is True
    assert facts["cap_drop"] == ["ALL"]
    assert "cap_add" not in facts
    assert not facts.get("privileged")
    assert facts["security_opt"] == ["no-new-privileges:true"]
    assert facts["user"] in {"10001:10001", "postgres", "appuser"}
    assert facts["mem_limit"]
    assert facts["cpus"]
    assert facts["pids_limit"] <= 1000
    assert facts["logging"]["options"]["max-size"]
    assert facts.get("network_mode") in (None, "none")
    assert not any("docker.sock" in source for source in one.volumes)


@pytest.mark.parametrize("one", EACH)
def test_a_container_is_watched_and_started_again(one: Container) -> None:
    check = one.facts.get("healthcheck", {})
    if one.ends:
        assert one.facts["restart"] == "no"
        assert check == {"disable": True}
        return
    assert one.facts["restart"] == "unless-stopped"
    assert one.facts["stop_grace_period"] in {"30s", "60s"}
    if one.facts["image"].startswith(tuple(f"payung/{name}:" for name in SERVICES)):
        assert not check, "the image's own HEALTHCHECK counts"
    else:
        assert check["test"][0] == "CMD"


def test_a_service_reaches_its_own_database_and_the_broker_alone() -> None:
    networks, everyone = file()["networks"], containers()
    assert all((facts or {}).get("internal") for name, facts in networks.items() if name != "front")
    assert networks["front"]["driver_opts"] == {"com.docker.network.bridge.enable_icc": "false"}
    assert {name for name, one in everyone.items() if "front" in one.networks} == PUBLISHED
    for service in SERVICES:
        own = {f"{service}-{part}" for part in (*roles_of(declared()[service]), "db")}
        assert {name for name, one in everyone.items() if service in one.networks} == own | {"kafka", "issuer"}
        for name in own:
            assert everyone[name].networks - {service} == ({"front"} if name.endswith("-api") else set())


def test_names_in_a_network_are_nobodys_own_name() -> None:
    """A container's own name also stands for its address in `front`, where nobody reaches it."""
    everyone = containers()
    assert everyone["kafka"].aliases == {"broker"}
    assert everyone["issuer"].aliases == {LOGIN_HOST}
    assert not {"broker", LOGIN_HOST} & set(everyone)
    kafka = everyone["kafka"].environment
    assert kafka["KAFKA_ADVERTISED_LISTENERS"] == "SERVICES://broker:9092,MACHINE://127.0.0.1:9094"
    issuer = everyone[f"{SERVICES[0]}-api"].environment["PAYUNG_TOKEN_ISSUER"]
    assert issuer == f"https://{LOGIN_HOST}:{TLS_PORT}"
    assert everyone["issuer"].facts["ports"] == [f"127.0.0.1:{PLAIN_PORT}:{PLAIN_PORT}"]


def test_only_this_machine_sees_what_is_published() -> None:
    ports = {name: one.facts["ports"] for name, one in containers().items() if "ports" in one.facts}
    assert set(ports) == PUBLISHED
    flat = [port for each in ports.values() for port in each]
    assert all(port.startswith("127.0.0.1:") for port in flat)
    assert len({port.split(":")[1] for port in flat}) == len(flat)


def test_secrets_and_data_are_mounted_by_their_owner_alone() -> None:
    users: dict[str, dict[str, bool]] = {}
    for one in containers().values():
        for source, (_, read_only) in one.volumes.items():
            users.setdefault(source, {})[one.name] = read_only
    assert set(file()["volumes"]) == {source for source in users if not source.startswith(".")}
    for volume, mounted in users.items():
        owner = next((name for name in SERVICES if volume.startswith(f"{name}-")), None)
        if volume.endswith("-secrets"):
            assert mounted.pop("keys") is False
            assert all(mounted.values()), f"only `keys` may write to {volume}"
        if owner is None:
            continue
        if "-db-" in volume or volume.endswith("-data"):
            assert set(mounted) == {f"{owner}-db"}, volume
        else:
            strangers = {name for name in mounted if not name.startswith(f"{owner}-")}
            assert strangers <= ({"bpjs-sandbox"} if volume.endswith("-exchange") else set()), volume


def test_everything_waits_for_what_it_needs() -> None:
    done, healthy = "service_completed_successfully", "service_healthy"
    everyone = containers()
    assert everyone["topics"].waits_for() == {"keys": done, "kafka": healthy}
    for service in SERVICES:
        assert everyone[f"{service}-db"].waits_for() == {"keys": done}
        assert everyone[f"{service}-migrate"].waits_for() == {f"{service}-db": healthy}
        for role in roles_of(declared()[service]) - {"migrate"}:
            assert everyone[f"{service}-{role}"].waits_for() == {"topics": done, f"{service}-migrate": done}


def test_demonstration_parts_are_behind_profiles() -> None:
    profiles = {name: one.facts["profiles"] for name, one in containers().items() if "profiles" in one.facts}
    assert profiles == {"issuer": ["dev"], "bpjs-sandbox": ["sandbox"]}


def test_no_secret_is_in_the_file() -> None:
    for one in containers().values():
        for name, value in one.environment.items():
            assert not re.search(r"(PASSWORD|SECRET|CREDENTIAL|PRIVATE|_KEY)$", name), name
            assert not re.search(r"://[^/\s]*:[^/\s]*@", value), name
        assert not re.search(r"password|://\S+:\S+@", " ".join(one.facts.get("command", ())))
    assert not (ROOT / ".env").exists() or "\n.env\n" in (ROOT / ".gitignore").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", SERVICES)
def test_the_settings_are_complete_and_known_to_the_service(service: str, tmp_path: Path) -> None:
    for receiver in (*RUNNING_SERVICES, *(f"{name}-db" for name in RUNNING_SERVICES), "login"):
        (tmp_path / receiver).mkdir()
    keys.make_all(tmp_path)
    for role in roles_of(declared()[service]):
        environment = containers()[f"{service}-{role}"].environment
        secrets = tmp_path / service
        environment = {name: value.replace("/run/secrets", str(secrets)) for name, value in environment.items()}
        environment["PAYUNG_SECRETS_DIR"] = str(secrets)
        declaration = declared()[service]
        settings = load_settings(
            declaration.settings, service, environment=environment, other_services=declaration.other_services()
        )
        assert f"@{service}-db:5432/{service}" in settings.database_url.get_secret_value()
        for field, value in settings:
            if field.endswith("_keys_path"):
                assert value.is_file(), field
            if isinstance(value, Path) and field.endswith("_folder"):
                assert str(value) in {place for place, _ in containers()[f"{service}-{role}"].volumes.values()}


def test_the_page_names_the_ports_and_variables_that_there_are() -> None:
    page = (ROOT / "docs" / "compose.md").read_text(encoding="utf-8")
    variables = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", FILE.read_text(encoding="utf-8")))
    for name, default in variables.items():
        assert f"`{name}`" in page, name
        if name.endswith("_PORT"):
            assert default in page, name


@pytest.mark.parametrize("program", ["docker compose", "docker-compose"])
def test_compose_itself_can_read_it(program: str) -> None:
    words = program.split()
    if (
        shutil.which(words[0]) is None
        or subprocess.run([*words, "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"{program} is not installed")
    read = subprocess.run(
        [*words, "-f", str(FILE), "--profile", "dev", "--profile", "sandbox", "config"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    assert set(yaml.safe_load(read.stdout)["services"]) == set(containers())
