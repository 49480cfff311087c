"""All SQL of notification, a module per subject."""

from services.notification.store import batches, checks, contacts, facts, messages, queue

__all__ = ["batches", "checks", "contacts", "facts", "messages", "queue"]
