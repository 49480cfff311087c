"""Is the process alive, ready, and does it get on? Three answers, each made of named checks with a figure and advice.

Only `progressing` sees a consumer that is connected, healthy by every other measure, and stuck.
"""

from shared.health.health import Answer, Check, Health, Report
from shared.health.loop import LoopTicker
from shared.health.measurement import Measurement, Probe, Status, within
from shared.health.watchdog import StuckError, Watchdog

__all__ = [
    "Answer",
    "Check",
    "Health",
    "LoopTicker",
    "Measurement",
    "Probe",
    "Report",
    "Status",
    "StuckError",
    "Watchdog",
    "within",
]
