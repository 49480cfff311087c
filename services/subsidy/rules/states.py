"""The states that things of subsidy pass through. The values are in the database and in answers; they never change."""

from __future__ import annotations

from enum import StrEnum

from shared.exchange.taken import REFUSED


class LineState(StrEnum):
    """Of a funding line."""

    DRAFT = "draft"
    OPEN = "open"


class AmendmentState(StrEnum):
    """Of another budget that was asked for."""

    DRAFT = "draft"
    APPROVED = "approved"


class DecreeState(StrEnum):
    """Of a decree; approved is in force, granted is worked through."""

    DRAFT = "draft"
    APPROVED = "approved"
    GRANTED = "granted"


class RunState(StrEnum):
    """Of a month run; billed takes nobody in, closed is paid."""

    OPEN = "open"
    BILLED = "billed"
    CLOSED = "closed"


class BillState(StrEnum):
    """Of a bill. Unknown: BPJS is silent; mismatch: it has billed something else; from submitted on the payment's."""

    CUT = "cut"
    REQUESTED = "requested"
    UNKNOWN = "unknown"
    MISMATCH = "mismatch"
    BILLED = "billed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    INSTRUCTED = "instructed"
    PAID_IN_PART = "paid-in-part"
    PAID = "paid"


class DisbursementState(StrEnum):
    """Of a payment: SPP submitted, SPM approved, SP2D instructed, and then what BPJS says, or that it is silent."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    INSTRUCTED = "instructed"
    UNKNOWN = "unknown"
    PAID_IN_PART = "paid-in-part"
    PAID = "paid"


class DocumentKind(StrEnum):
    """The papers of a payment, in their order."""

    SPP = "spp"
    SPM = "spm"
    SP2D = "sp2d"


class FileState(StrEnum):
    """Of a file that came: being read, being paid, or done with in one of three ways."""

    READING = "reading"
    PAYING = "paying"
    APPLIED = "applied"
    REPEATED = "repeated"
    REFUSED = REFUSED
