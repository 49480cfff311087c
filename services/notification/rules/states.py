"""The words for what a message is and goes through; the database holds the same ones (tests/notification)."""

from __future__ import annotations

from enum import StrEnum


class MessageState(StrEnum):
    """Where a message is."""

    QUEUED = "queued"  # to be handed over
    WAITING_CONTACT = "waiting-contact"  # until it is known how to reach the recipient
    SENT = "sent"  # the carrier has it
    DELIVERED = "delivered"  # it is where the recipient reads it
    FAILED = "failed"  # given up, with a reason
    UNKNOWN = "unknown"  # may or may not have left: a person looks, and it is never sent again by itself


class RecipientKind(StrEnum):
    """Who is told."""

    WORKER = "worker"
    EMPLOYER = "employer"


class Purpose(StrEnum):
    """What a message is for."""

    REGISTERED = "registered"
    COVERED = "covered"
    PAID = "paid"
    LAPSING = "lapsing"
    EMPLOYER_LATE = "employer-late"

    @property
    def recipient_kind(self) -> RecipientKind:
        """Who is told such things."""
        return RecipientKind.EMPLOYER if self is Purpose.EMPLOYER_LATE else RecipientKind.WORKER


class OutcomeKind(StrEnum):
    """How a hand-over ended, as far as the channel knows."""

    ARRIVED = "arrived"  # it is where the recipient reads it
    ACCEPTED = "accepted"  # the carrier has taken it
    TEMPORARY = "temporary"  # not taken, may be taken later
    PERMANENT = "permanent"  # not taken, never will be
    UNKNOWN = "unknown"  # it may or may not have been taken
    NOT_TRIED = "not-tried"  # nothing was begun, still to do: no attempt, so never in the database


class FailureReason(StrEnum):
    """Why a message has failed, or an attempt: codes of notification.failed."""

    NO_CONTACT = "no-contact"
    CONTACT_UNREADABLE = "contact-unreadable"
    ERASED = "erased"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    CARRIER_DOWN = "carrier-down"
    EXPIRED = "expired"
