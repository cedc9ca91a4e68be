"""Errors of commands about syncs, for people."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """What cannot be done is said in a sentence. Everything that is raised on purpose here is a ValueError or about a file."""
    from activations.ledger import LedgerBusyError
    from activations.syncs.journal import SyncBusyError

    try:
        yield
    except (ValueError, LookupError, OSError, LedgerBusyError, SyncBusyError) as error:
        raise click.ClickException(str(error).strip("'\"")) from None
