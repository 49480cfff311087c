"""Settings come from the environment and from secret files, are checked before anything starts, and never leak.

A service declares `class SubsidySettings(ServiceSettings)`; `load_settings` fills it or says in sentences what is
wrong and what to do.
"""

from shared.settings.base import ServiceSettings
from shared.settings.kafka import kafka_client_options
from shared.settings.loading import load_settings
from shared.settings.redaction import redact_url, redacted_settings
from shared.settings.sources import SettingsError

__all__ = [
    "ServiceSettings",
    "SettingsError",
    "kafka_client_options",
    "load_settings",
    "redact_url",
    "redacted_settings",
]
