"""What was claimed, sent and answered, in a transactional database."""

from activations.ledger.exclusive import LedgerBusyError
from activations.ledger.ledger import Ledger

__all__ = ["Ledger", "LedgerBusyError"]
