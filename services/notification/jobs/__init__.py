"""The timed work of notification: deliver every second, and give up those whose contact never came."""

from __future__ import annotations

from datetime import timedelta

from services.notification.handlers.delivery import give_up_waiting
from services.notification.jobs.channel import Channel, Letter
from services.notification.jobs.delivery import Delivery
from services.notification.jobs.letters import LetterWriter
from services.notification.jobs.mailbox import Mailbox
from services.notification.jobs.smtp import MailServer, Smtp
from shared.messaging.outbox import UnitOfWork
from shared.service import Every, Job

__all__ = ["Channel", "Delivery", "Letter", "LetterWriter", "MailServer", "Mailbox", "Smtp", "jobs"]


def jobs(delivery: Delivery, contact_patience: timedelta) -> list[Job]:
    """The jobs of one channel."""

    async def give_up(uow: UnitOfWork, _: str) -> None:
        await give_up_waiting(uow, delivery.channel.name, contact_patience)

    return [
        Job("deliver", Every(1), delivery.run, retry_delay_s=1.0, retry_delay_max_s=60.0),
        Job("give-up-waiting", Every(60), give_up),
    ]
