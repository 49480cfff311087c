"""What touches the outside: the channels on which messages leave, and the keys that open contacts."""

from services.notification.adapters.letters import VaultLetterWriter
from services.notification.adapters.mailbox import Mailbox
from services.notification.adapters.smtp import Smtp
from services.notification.handlers.channel import Channel
from services.notification.settings import NotificationSettings

__all__ = ["Mailbox", "Smtp", "VaultLetterWriter", "channel_of"]


def channel_of(settings: NotificationSettings) -> Channel:
    """The channel that the settings ask for."""
    return Mailbox(settings) if settings.channel == "mailbox" else Smtp(settings)
