"""Files to and from BPJS: what is written comes from committed rows, what is read is recorded with its effect."""

from services.subsidy.handlers.exchange.content import BILL_COLUMNS, CONFIRMATION_COLUMNS
from services.subsidy.handlers.exchange.incoming import receive_next
from services.subsidy.handlers.exchange.outgoing import PAYMENT_COLUMNS, REQUEST_COLUMNS, send_next
from services.subsidy.handlers.exchange.silence import notice_silence

__all__ = [
    "BILL_COLUMNS",
    "CONFIRMATION_COLUMNS",
    "PAYMENT_COLUMNS",
    "REQUEST_COLUMNS",
    "notice_silence",
    "receive_next",
    "send_next",
]
