"""What can be set of notification: which channel, where it leads, how patient it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from shared.settings import ServiceSettings

_QUIET_HOURS = re.compile(r"none|([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
# Nothing that could begin another header or command.
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\]+@[A-Za-z0-9.-]+")


def _checked_quiet_hours(value: str) -> str:
    if not _QUIET_HOURS.fullmatch(value):
        raise ValueError("it is neither HH:MM-HH:MM nor none")
    return value


def _checked_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("it does not look like name@example.org")
    return value


class NotificationSettings(ServiceSettings):
    """The common settings and those of the channels."""

    contact_keys_path: Path = Field(
        description="the file with the contact keyring, shared with enrolment and compliance",
        examples=["/run/secrets/contact-keys"],
    )
    channel: Literal["mailbox", "smtp"] = Field(
        "mailbox", description="the way messages go: into files of a local folder, or as e-mail"
    )
    mailbox_folder: Path | None = Field(
        None, description="the folder of the local mailbox", examples=["/var/lib/payung/mailbox"]
    )
    contact_patience_s: float = Field(
        259_200.0, gt=0, le=31_536_000, description="seconds that a message waits for its recipient's contact"
    )
    quiet_hours: Annotated[str, AfterValidator(_checked_quiet_hours)] | None = Field(
        None,
        description="quiet hours in WITA instead of those in rules/quiet_hours.csv: HH:MM-HH:MM, or none",
        examples=["20:00-07:00"],
    )
    mailbox_batch_size: int = Field(5_000, ge=1, le=5_000, description="messages written into one file")

    smtp_host: str | None = Field(None, min_length=1, description="the mail server", examples=["mail.example.go.id"])
    smtp_port: int = Field(587, ge=1, le=65535, description="the port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is encrypted; none only on one machine"
    )
    smtp_ca_file: Path | None = Field(
        None, description="the certificate authority of the mail server (PEM), where it is not a public one"
    )
    smtp_user: str | None = Field(None, description="the account on the mail server")
    smtp_password: SecretStr | None = Field(None, description="the password of that account")
    smtp_sender: Annotated[str, AfterValidator(_checked_address)] | None = Field(
        None, description="the address that e-mails come from", examples=["payung@example.go.id"]
    )
    smtp_timeout_s: float = Field(20.0, gt=0, le=120, description="seconds to wait for each answer of the mail server")
    smtp_connections: int = Field(4, ge=1, le=32, description="connections to the mail server at the same time")
    smtp_batch_size: int = Field(
        50, ge=1, le=5_000, description="e-mails between two marks; at most so many can be in doubt after a crash"
    )
    smtp_max_attempts: int = Field(12, ge=1, le=100, description="attempts until an e-mail is given up")
    smtp_retry_first_s: float = Field(60.0, gt=0, le=86_400, description="seconds until the second attempt")
    smtp_retry_longest_s: float = Field(7_200.0, gt=0, le=604_800, description="longest pause between two attempts")

    @model_validator(mode="after")
    def _channel_is_complete(self) -> Self:
        if self.channel == "mailbox" and self.mailbox_folder is None:
            raise ValueError("the channel mailbox needs a folder; set PAYUNG_NOTIFICATION_MAILBOX_FOLDER as well")
        if self.channel == "smtp" and not (self.smtp_host and self.smtp_sender):
            raise ValueError(
                "the channel smtp needs PAYUNG_NOTIFICATION_SMTP_HOST and PAYUNG_NOTIFICATION_SMTP_SENDER as well"
            )
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError(
                "PAYUNG_NOTIFICATION_SMTP_USER and PAYUNG_NOTIFICATION_SMTP_PASSWORD go together; set both or neither"
            )
        if self.smtp_user is not None and self.smtp_security == "none":
            raise ValueError(
                "a password must not travel unencrypted; set PAYUNG_NOTIFICATION_SMTP_SECURITY to starttls"
            )
        return self
