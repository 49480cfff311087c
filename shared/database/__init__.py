"""One database per service, one transaction per unit of work, and one place that knows which failures pass."""

from shared.database.database import Database, Transaction, TransactionFailedError
from shared.database.failures import FailureKind, classify_failure

__all__ = ["Database", "FailureKind", "Transaction", "TransactionFailedError", "classify_failure"]
