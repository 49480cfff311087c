"""The timed work of notification: deliver every second, and give up those whose contact never came."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from services.notification.handlers.batches import give_up_waiting
from services.notification.handlers.delivery import Delivery
from shared.messaging.outbox import UnitOfWork
from shared.service import Every, Job

# A period ends after this time, so that the job's lock and its mark are never held for long.
_RUN_S: Final = 8.0


def jobs(delivery: Delivery, contact_patience: timedelta) -> list[Job]:
    """The jobs of one channel."""

    async def deliver(uow: UnitOfWork, period_key: str) -> None:
        """Hand over until nothing is left or the time is up. ``uow`` is the job's own and holds its lock."""
        until = time.monotonic() + _RUN_S
        await delivery.finish_left()
        while time.monotonic() < until and await delivery.deliver_next():
            pass

    async def give_up(uow: UnitOfWork, period_key: str) -> None:
        await give_up_waiting(uow, delivery.channel.name, contact_patience)

    return [
        Job("deliver", Every(1), deliver, retry_delay_s=1.0, retry_delay_max_s=60.0),
        Job("give-up-waiting", Every(60), give_up),
    ]
