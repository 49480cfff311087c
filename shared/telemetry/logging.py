"""One JSON line per event on standard output, made only of listed keys; readable text when a person is watching.

The text of an event is a constant, so that lines can be counted; everything that varies is a listed key.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Collection, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import structlog
from opentelemetry import trace
from structlog.typing import FilteringBoundLogger

from shared.telemetry.library_logs import LibraryHandler, take_over_loggers
from shared.telemetry.safe_errors import describe_error
from shared.telemetry.safe_values import ALLOWED_KEYS, mask_text, safe_value

EventDict = MutableMapping[str, Any]

FIRST_KEYS = ("timestamp", "level", "event", "service", "role")


class LogPipe:
    """Cleans event dictionaries and writes them, one whole line at a time, from any thread."""

    def __init__(self, stream: TextIO, text: bool, allowed_keys: frozenset[str], identity: dict[str, str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._allowed_keys = allowed_keys
        self._identity = identity
        self._text_renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_level=False) if text else None

    def clean(self, event: EventDict) -> dict[str, Any]:
        """Only listed keys with safe values; an exception becomes its type and place."""
        exception = event.pop("exc_info", None)
        if exception is True:
            exception = sys.exc_info()[1]
        elif isinstance(exception, tuple):
            exception = exception[1]
        clean: dict[str, Any] = {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), **self._identity}
        for key, value in event.items():
            if key in self._allowed_keys:
                clean[key] = safe_value(value)
        dropped = sum(key not in self._allowed_keys for key in event)
        if dropped:
            clean["dropped_keys"] = dropped
        if isinstance(exception, BaseException):
            clean["error"] = safe_value(describe_error(exception))
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            clean["trace_id"], clean["span_id"] = f"{span.trace_id:032x}", f"{span.span_id:016x}"
        return clean

    def write(self, event: EventDict) -> None:
        """Clean ``event`` and write its line. A closed output is ignored: logging must not end the work."""
        clean = self.clean(event)
        if self._text_renderer is not None:
            for name in ("service", "role", "version"):
                clean.pop(name, None)
            line = str(self._text_renderer(None, "", clean))
        else:
            ordered = {key: clean[key] for key in FIRST_KEYS if key in clean} | clean
            line = json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
        try:
            with self._lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except (OSError, ValueError):
            return


class _LineLogger:
    """What structlog calls at the end of its chain; it knows the name of the module that logs."""

    def __init__(self, pipe: LogPipe, name: str | None) -> None:
        self._pipe = pipe
        self.name = name

    def msg(self, **event: Any) -> None:
        self._pipe.write(event)

    debug = info = warning = error = critical = exception = msg


def _add_logger_name(logger: Any, _method: str, event: EventDict) -> EventDict:
    if logger is not None and logger.name:
        event.setdefault("logger", logger.name)
    return event


def _event_as_arguments(_logger: Any, _method: str, event: EventDict) -> tuple[tuple[()], dict[str, Any]]:
    return (), {**event, "event": mask_text(str(event.get("event", "")))}


def configure_logging(
    *,
    service: str,
    role: str,
    version: str = "",
    level: str = "INFO",
    log_format: str = "auto",
    stream: TextIO | None = None,
    extra_keys: Collection[str] = (),
) -> LogPipe:
    """Send everything that this process logs through one pipe to ``stream`` (standard output by default).

    ``log_format`` is json, text, or auto (text on a terminal). ``extra_keys`` are keys that a service may use beside
    the common ones; they are as public as the log. May be called again; the last call counts. Call it after the
    libraries are imported: some of them print by themselves until it is called.
    """
    target = sys.stdout if stream is None else stream
    text = log_format == "text" or (log_format == "auto" and target.isatty())
    identity = {"service": service, "role": role} | ({"version": version} if version else {})
    pipe = LogPipe(target, text, ALLOWED_KEYS | frozenset(extra_keys), identity)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _add_logger_name,
            _event_as_arguments,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=lambda *names: _LineLogger(pipe, str(names[0]) if names else None),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, LibraryHandler):
            root.removeHandler(handler)
    root.addHandler(LibraryHandler(pipe.write))
    root.setLevel(level)
    take_over_loggers()
    logging.captureWarnings(True)
    return pipe


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger: ``log.info("relay_started", slots=4)`` with a constant text and listed keys."""
    return cast(FilteringBoundLogger, structlog.get_logger(name))
