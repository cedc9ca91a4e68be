"""What was claimed, sent and answered, in a transactional database.

`Ledger` opens it; `tables` says what is in it; `migrations` says how it came to be so; `held_messages` is for people.
"""

from activations.ledger import pace_tables, sync_tables  # noqa: F401  (so that `tables.metadata` is whole)
from activations.ledger.exclusive import LedgerBusyError
from activations.ledger.held_messages import Decision, Held, NotHeldError, count_held, held, settle_held
from activations.ledger.ledger import Ledger
from activations.ledger.opening import LedgerNewerError

__all__ = ["Decision", "Held", "Ledger", "LedgerBusyError", "LedgerNewerError", "NotHeldError", "count_held", "held", "settle_held"]
