"""Settings that cannot work stop the program with a sentence."""

from __future__ import annotations

import pytest

from services.notification.adapters import Mailbox, Smtp, channel_of
from services.notification.app import SERVICE
from services.notification.settings import NotificationSettings
from shared.settings import SettingsError, load_settings

BASE = {
    "PAYUNG_NOTIFICATION_DATABASE_URL": "postgresql://role:password@127.0.0.1:5432/name",
    "PAYUNG_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "PAYUNG_NOTIFICATION_CONTACT_KEYS_PATH": "/keys",
    "PAYUNG_NOTIFICATION_MAILBOX_FOLDER": "/mailbox",
}
SMTP = {
    "PAYUNG_NOTIFICATION_CHANNEL": "smtp",
    "PAYUNG_NOTIFICATION_SMTP_HOST": "mail.example.go.id",
    "PAYUNG_NOTIFICATION_SMTP_SENDER": "payung@example.go.id",
}


def load(**environment: str) -> NotificationSettings:
    return load_settings(SERVICE.settings, "notification", environment=environment)


def test_the_two_channels() -> None:
    mailbox = channel_of(load(**BASE))
    assert isinstance(mailbox, Mailbox)
    assert (mailbox.disturbs, mailbox.knows_repeats) == (False, True)
    smtp = channel_of(load(**BASE, **SMTP))
    assert isinstance(smtp, Smtp)
    assert (smtp.disturbs, smtp.knows_repeats) == (True, False)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"MAILBOX_FOLDER": None}, "MAILBOX_FOLDER"),
        ({**SMTP, "PAYUNG_NOTIFICATION_SMTP_HOST": None}, "SMTP_HOST"),
        ({**SMTP, "SMTP_SENDER": "payung"}, "SMTP_SENDER"),
        ({**SMTP, "SMTP_SENDER": "a@b.id>\nX: y"}, "SMTP_SENDER"),
        ({**SMTP, "SMTP_USER": "payung"}, "SMTP_PASSWORD"),
        ({**SMTP, "SMTP_USER": "payung", "SMTP_PASSWORD": "x", "SMTP_SECURITY": "none"}, "SMTP_SECURITY"),
        ({"QUIET_HOURS": "20-7"}, "QUIET_HOURS"),
        ({"QUIET_HOURS": "25:00-07:00"}, "QUIET_HOURS"),
        ({"CHANNEL": "pigeon"}, "CHANNEL"),
        ({"CONTACT_KEYS_PATH": None}, "CONTACT_KEYS_PATH"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, str | None], name: str) -> None:
    environment: dict[str, str | None] = {**BASE}
    for key, value in changes.items():
        environment[key if key.startswith("PAYUNG") else f"PAYUNG_NOTIFICATION_{key}"] = value
    with pytest.raises(SettingsError) as refused:
        load(**{key: value for key, value in environment.items() if value is not None})
    assert f"PAYUNG_NOTIFICATION_{name}" in " ".join(refused.value.sentences)
