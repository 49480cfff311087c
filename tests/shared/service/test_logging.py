"""Logs: JSON lines of listed keys. Marked personal values put in everywhere must come out nowhere."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.telemetry.logging import LogPipe, configure_logging, get_logger
from shared.telemetry.safe_values import ALLOWED_KEYS, MASK, mask_text

NIK = "6472014101900001"
PHONE = "+6281234567890"
NAME = "Siti Rahmawati"
CANARIES = (NIK, PHONE, NAME, "081234567890", "siti@contoh.id")


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging(service="stamps", role="worker", version="1.2", level="DEBUG", stream=stream)
    yield stream
    configure_logging(service="tests", role="tests")


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def assert_clean(stream: io.StringIO) -> None:
    text = stream.getvalue()
    assert text
    for canary in CANARIES:
        assert canary not in text


def test_a_line_is_json_with_who_when_and_what(output: io.StringIO) -> None:
    get_logger("shared.relay").info("relay_started", held_slots=4, topic="stamp.added")
    (line,) = lines(output)
    assert {key: line[key] for key in ("event", "level", "service", "role", "version", "logger")} == {
        "event": "relay_started",
        "level": "info",
        "service": "stamps",
        "role": "worker",
        "version": "1.2",
        "logger": "shared.relay",
    }
    assert line["held_slots"] == 4
    assert line["timestamp"].endswith("+00:00")


def test_unknown_keys_are_dropped_and_only_counted(output: io.StringIO) -> None:
    get_logger("x").info("worker_seen", nik=NIK, full_name=NAME, topic="t")
    (line,) = lines(output)
    assert line["dropped_keys"] == 2
    assert "nik" not in output.getvalue()
    assert_clean(output)


def test_bound_and_context_keys_pass_the_same_list(output: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(name=NAME, request_id="r-1"):
        get_logger("x").bind(phone=PHONE).warning("odd")
    (line,) = lines(output)
    assert line["request_id"] == "r-1"
    assert line["dropped_keys"] == 2
    assert_clean(output)


def test_values_of_listed_keys_are_masked_and_plain(output: io.StringIO) -> None:
    get_logger("x").info(
        "odd",
        topic=f"t {NIK}",
        detail=f"call {PHONE} or siti@contoh.id",
        count=int(NIK),
        error_type=object(),
        figure=1.5,
    )
    (line,) = lines(output)
    assert line["topic"] == f"t {MASK}"
    assert line["count"] == MASK
    assert line["error_type"] == "<object>"
    assert line["figure"] == 1.5
    assert_clean(output)


def test_identifiers_stay_readable() -> None:
    identifier = "01890a5d-ac96-774b-bcce-123456789012"
    assert mask_text(f"worker {identifier} of 2026-11-22T10:00:00") == f"worker {identifier} of 2026-11-22T10:00:00"


@given(st.from_regex(r"[1-9][0-9]{15}", fullmatch=True), st.sampled_from(["", " ", "nik=", "'", "(", ": "]))
def test_any_sixteen_digits_are_masked(nik: str, before: str) -> None:
    assert nik not in mask_text(f"a{before if before else ' '}{nik}, b")


def test_an_exception_shows_type_and_place_but_not_its_message(output: io.StringIO) -> None:
    try:
        try:
            dict[str, str]()[NIK]
        except KeyError as error:
            raise ValueError(f"{NAME} has phone {PHONE}") from error
    except ValueError:
        get_logger("x").exception("import_failed")
    (line,) = lines(output)
    assert line["error"]["type"] == "ValueError"
    assert line["error"]["at"].startswith("tests/shared/service/test_logging.py:")
    assert line["error"]["at"].endswith("test_an_exception_shows_type_and_place_but_not_its_message")
    assert line["error"]["causes"] == ["KeyError"]
    assert "message" not in line["error"]
    assert_clean(output)


def test_a_database_error_shows_its_state_and_constraint_but_no_detail(output: io.StringIO) -> None:
    error = asyncpg.UniqueViolationError(f"duplicate key value, DETAIL: Key (nik)=({NIK}) already exists.")
    error.constraint_name, error.detail = "worker_nik_key", f"Key (nik)=({NIK})"
    get_logger("x").error("insert_failed", exc_info=error)
    (line,) = lines(output)
    assert line["error"]["sqlstate"] == "23505"
    assert line["error"]["constraint_name"] == "worker_nik_key"
    assert_clean(output)


def test_a_validation_error_shows_kinds_only(output: io.StringIO) -> None:
    class Body(BaseModel):
        amount: int

    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"amount": NAME, NIK: 1})
    get_logger("x").error("body_refused", exc_info=caught.value)
    (line,) = lines(output)
    assert line["error"]["message"] == "1 field errors in Body: int_parsing"
    assert_clean(output)


def test_what_libraries_log_shows_templates_not_arguments(output: io.StringIO) -> None:
    logging.getLogger("somelibrary").warning("person %s has %s", NAME, NIK)
    put_together = f"ValueError: {NAME} {PHONE}"
    logging.getLogger("somelibrary").warning(put_together)
    logging.getLogger("somelibrary").error("%s", NAME)
    logging.getLogger("faststream.access").error(put_together, exc_info=ValueError(NAME))
    logging.getLogger("aiokafka.conn").error("Unable connect to node with id %s: %s", 1, f"refused {NIK}")
    first, second, third, fourth, fifth = lines(output)
    assert first["event"] == "person %s has %s"
    assert second["event"] == third["event"] == fourth["event"] == "library message withheld"
    assert fourth["error"]["type"] == "ValueError"
    assert fifth["detail"] == f"Unable connect to node with id 1: refused {MASK}"
    assert_clean(output)


async def test_a_lost_task_does_not_show_its_exception(output: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError(f"{NAME} {NIK}")

    task = asyncio.get_running_loop().create_task(fail(), name="work")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    )
    (line,) = lines(output)
    assert line["event"] == "Task exception was never retrieved"
    assert line["error"]["type"] == "ValueError"
    assert_clean(output)


def test_warnings_go_through_the_pipe_without_their_text(output: io.StringIO) -> None:
    # pytest takes warnings away before Python's logging sees them; this is what logging.captureWarnings calls.
    logging.getLogger("py.warnings").warning("%s", f"odd worker {NAME}")
    (line,) = lines(output)
    assert line["logger"] == "py.warnings"
    assert_clean(output)


def test_text_for_people_passes_the_same_list() -> None:
    stream = io.StringIO()
    configure_logging(service="stamps", role="api", log_format="text", stream=stream)
    get_logger("x").info("worker_seen", nik=NIK, topic="stamp.added")
    configure_logging(service="tests", role="tests")
    assert "worker_seen" in stream.getvalue()
    assert "stamp.added" in stream.getvalue()
    assert_clean(stream)


def test_a_closed_output_does_not_stop_the_work() -> None:
    stream = io.StringIO()
    pipe = LogPipe(stream, False, ALLOWED_KEYS, {})
    stream.close()
    pipe.write({"event": "nobody listens"})
    assert pipe.clean({"event": "x"})["event"] == "x"
