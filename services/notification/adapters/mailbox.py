"""A local mailbox: one file per batch, for a laptop and for a village office that prints its messages.

The file is named by the batch and written whole or not at all, so a repeat after a crash writes the same file again.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.notification.handlers.channel import Letter
from services.notification.rules.outcomes import Outcome
from services.notification.rules.states import OutcomeKind
from services.notification.settings import NotificationSettings
from shared.invariants import require_some

_ARRIVED: Final = Outcome(OutcomeKind.ARRIVED)


class Mailbox:
    """Files ``<batch id>.jsonl`` in ``mailbox_folder``, readable by this user alone. A line is one message."""

    name = "mailbox"
    disturbs = False
    knows_repeats = True

    def __init__(self, settings: NotificationSettings) -> None:
        self._folder = require_some(settings.mailbox_folder, "The channel mailbox has its folder.")
        self.batch_size = settings.mailbox_batch_size

    async def hand_over(self, batch_id: UUID, opened_at: datetime, letters: Sequence[Letter]) -> Mapping[UUID, Outcome]:
        """Write the batch's file.

        Raises:
            OSError: the folder cannot be written.
        """
        await asyncio.to_thread(self._write, f"{batch_id}.jsonl", opened_at.isoformat(), letters)
        return {letter.message.message_id: _ARRIVED for letter in letters}

    def _write(self, name: str, moment: str, letters: Sequence[Letter]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f".{name}.unfinished"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(_line(letter, moment) for letter in letters)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _line(letter: Letter, moment: str) -> str:
    message, contact = letter.message, letter.contact
    line = {
        "message_id": str(message.message_id),
        "at": moment,
        "purpose": message.purpose,
        "period": message.period,
        "language": letter.template.language,
        "template": letter.template.template,
        "template_version": letter.template.version,
        "to": {"name": contact.name, "phone": contact.phone, "email": contact.email},
        "subject": letter.text.subject,
        "text": letter.text.body,
    }
    return json.dumps(line, ensure_ascii=False) + "\n"
