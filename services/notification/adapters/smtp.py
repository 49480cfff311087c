"""E-mail: each message is handed over at most once, by steps whose failure says whether the server can have taken it.

Until the text is sent (DATA) nothing can have been taken, so a failure there may be repeated. After it, only the
server's answer counts; without one, the outcome is unknown. The Message-ID is the message's own, so a doubt can be
looked up in the server's log. Server answers quote addresses: they are reduced to codes and never logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as MAIL_POLICY
from email.utils import format_datetime
from typing import Final
from uuid import UUID

import aiosmtplib
import structlog
from aiosmtplib import SMTPException, SMTPResponseException

from services.notification.handlers.channel import Letter
from services.notification.rules.outcomes import Outcome
from services.notification.rules.states import FailureReason, OutcomeKind
from services.notification.settings import NotificationSettings
from shared.invariants import require_some

log = structlog.get_logger(__name__)

# No new message is begun after this time: the job ends before the process has to, and marks what it knows.
_HAND_OVER_S: Final = 5.0
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)

# Every server takes it, also one without 8BITMIME.
_SEVEN_BIT: Final = MAIL_POLICY.clone(cte_type="7bit")

_ACCEPTED: Final = Outcome(OutcomeKind.ACCEPTED)
_UNKNOWN: Final = Outcome(OutcomeKind.UNKNOWN)
_NO_ADDRESS: Final = Outcome(OutcomeKind.PERMANENT, FailureReason.NO_CONTACT, tried=False)
_BAD_ADDRESS: Final = Outcome(OutcomeKind.PERMANENT, FailureReason.UNREACHABLE, tried=False)
_CARRIER_DOWN: Final = Outcome(OutcomeKind.TEMPORARY, FailureReason.CARRIER_DOWN)


class Smtp:
    """Hands messages to a mail server over a few connections."""

    name = "email"
    disturbs = True
    knows_repeats = False

    def __init__(self, settings: NotificationSettings) -> None:
        self._settings = settings
        self._sender = require_some(settings.smtp_sender, "The channel smtp has its sender.")
        self._hand_over_s = _HAND_OVER_S
        self.batch_size = settings.smtp_batch_size

    async def hand_over(self, batch_id: UUID, opened_at: datetime, letters: Sequence[Letter]) -> Mapping[UUID, Outcome]:
        """Send the letters; whatever happens to a connection becomes an outcome of its letter."""
        outcomes: dict[UUID, Outcome] = {}
        waiting: deque[Letter] = deque()
        for letter in letters:
            address = letter.contact.email
            if address is None or not _ADDRESS.fullmatch(address):
                outcomes[letter.message.message_id] = _BAD_ADDRESS if address else _NO_ADDRESS
            else:
                waiting.append(letter)
        until = time.monotonic() + self._hand_over_s
        connections = min(self._settings.smtp_connections, len(waiting))
        await asyncio.gather(*(self._work(waiting, outcomes, opened_at, until) for _ in range(connections)))
        if time.monotonic() < until:  # no connection could be made for those that are left
            outcomes |= {letter.message.message_id: _CARRIER_DOWN for letter in waiting}
        return outcomes

    def _client(self) -> aiosmtplib.SMTP:
        """A client that is not connected yet; starttls and tls refuse to go on unencrypted."""
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            timeout=settings.smtp_timeout_s,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            cert_bundle=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
        )

    async def _work(
        self, waiting: deque[Letter], outcomes: dict[UUID, Outcome], opened_at: datetime, until: float
    ) -> None:
        client = self._client()
        try:
            while waiting and time.monotonic() < until:
                if not client.is_connected and not await _connect(client):
                    return
                if not waiting:
                    return
                letter = waiting.popleft()
                # The worst is written first: what interrupts the next line leaves a doubt and not a second e-mail.
                outcomes[letter.message.message_id] = _UNKNOWN
                outcomes[letter.message.message_id] = await self._send(client, letter, opened_at)
        finally:
            with contextlib.suppress(SMTPException, OSError):
                if client.is_connected:
                    await client.quit()
            client.close()

    async def _send(self, client: aiosmtplib.SMTP, letter: Letter, opened_at: datetime) -> Outcome:
        content = self._mail(letter, opened_at)
        try:
            await client.mail(self._sender)
        except SMTPResponseException:
            # Whatever the server has against our own address is no fault of the recipient's: to be tried again.
            await _start_over(client)
            return _CARRIER_DOWN
        except (SMTPException, OSError):
            client.close()
            return _CARRIER_DOWN
        try:
            await client.rcpt(str(letter.contact.email))
        except SMTPResponseException as refusal:
            await _start_over(client)
            return _refused(refusal.code, FailureReason.UNREACHABLE)
        except (SMTPException, OSError):
            client.close()
            return _CARRIER_DOWN
        try:
            await client.data(content)
        except SMTPResponseException as refusal:
            await _start_over(client)
            return _refused(refusal.code, FailureReason.REFUSED)
        except (SMTPException, OSError):
            client.close()
            return _UNKNOWN
        return _ACCEPTED

    def _mail(self, letter: Letter, opened_at: datetime) -> bytes:
        mail = EmailMessage(policy=_SEVEN_BIT)
        mail["From"] = self._sender
        mail["To"] = letter.contact.email
        mail["Subject"] = letter.text.subject
        mail["Date"] = format_datetime(opened_at)
        mail["Message-ID"] = f"<{letter.message.message_id}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter.text.body + "\n")
        mail["Content-Language"] = letter.template.language
        return mail.as_bytes()


async def _connect(client: aiosmtplib.SMTP) -> bool:
    try:
        await client.connect()
    except (SMTPException, OSError, ValueError) as error:
        log.warning("mail_server_not_reached", error_type=type(error).__qualname__)
        client.close()
        return False
    return True


async def _start_over(client: aiosmtplib.SMTP) -> None:
    """Make the connection ready for the next message, or give it up."""
    try:
        await client.rset()
    except (SMTPException, OSError):
        client.close()


def _refused(code: int, reason: FailureReason) -> Outcome:
    """What the server's answer means: 4xx is for now, 5xx for good (RFC 5321, 4.2.1)."""
    return Outcome(OutcomeKind.PERMANENT if code >= 500 else OutcomeKind.TEMPORARY, reason)
