"""What the outbox wants sent to one destination, kept aside: a slow destination holds up no other, and few are in memory."""

import tempfile
from collections.abc import Iterator

from activations.ledger.rows import message_of, payload_of
from activations.model import Message

_BYTES_IN_MEMORY = 4_000_000


class Spool:
    """Messages in the order they were added. What memory is too small for is in a nameless file, which ends with the process."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_BYTES_IN_MEMORY, "w+", encoding="ascii")  # noqa: SIM115  (closed by __exit__)

    def add(self, message: Message) -> None:
        self._file.write(payload_of(message) + "\n")

    def __iter__(self) -> Iterator[Message]:
        """From the first to the last, once at a time."""
        self._file.seek(0)
        return (message_of(line) for line in self._file)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
