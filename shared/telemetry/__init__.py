"""What a process tells about itself: logs, traces and metrics, none of which can carry personal data.

Each of the three has an allow-list at its outlet, so that a careless call loses a value instead of leaking one.
"""

from shared.telemetry.logging import configure_logging, get_logger
from shared.telemetry.tracing import configure_tracing, current_traceparent, shut_down_tracing

__all__ = ["configure_logging", "configure_tracing", "current_traceparent", "get_logger", "shut_down_tracing"]
