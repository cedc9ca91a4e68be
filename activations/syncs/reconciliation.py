"""What a provider's list really holds, held against what it is believed to have acknowledged; and, where wished, the belief mended.

The provider is only read. Whoever is not on its list is forgotten, so that the next sync sends them again; whoever is on it though a
sync took them off is remembered, so that the next mirror takes them off. What a mended belief leads to goes through a sync as ever: the
removal guard, suppressions and the pace hold, and membership is not consent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from activations.destination import Destination, ReadsMembers, ReadsSuppressions
from activations.syncs.addresses import NAMES, addresses
from activations.syncs.changes import Mode
from activations.syncs.comparison import TAKEN_OFF, compare, plain
from activations.syncs.findings import Findings, findings
from activations.syncs.journal import Current, Journal
from activations.syncs.listing import NotReconciledError, read_list
from activations.syncs.mending import mend
from activations.syncs.recovery import NOTHING
from activations.syncs.snapshots import ListFiles, Snapshots
from activations.transport.http import NoAnswer
from activations.transport.patience import Patience, ask

SETTLED = timedelta(hours=6)
"""A provider may not list at once whom it took, or list for a while whom it let go; and what a run acknowledges has the time of its
beginning."""
_NOBODY = np.zeros(0, np.int64)
_AT_ONCE = 10_000


def why_not(destination: Destination, mode: Mode) -> str | None:
    """Why a list cannot be compared there, or None."""
    if mode is Mode.APPEND:
        return "it is told as events, once for ever: there is no list of people to read"
    return None if isinstance(destination, ReadsMembers) else "its destination has no way to say who is on a list"


def reconcile(
    audience: str,
    destination: Destination,
    snapshots: Snapshots,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] = lambda line: None,
    *,
    mode: Mode = Mode.MIRROR,
    settled: timedelta = SETTLED,
    taken_off: Callable[[], pa.Table] = TAKEN_OFF.empty_table,
    is_to_mend: bool = False,
    takes_strangers: bool = False,
    patience: Patience | None = None,
    folder: Path | None = None,
) -> Findings:
    """Reads the list to its end and compares it. What happened less than `settled` before the reading began is left alone. A sync that
    begins meanwhile is not held up: then nothing was compared. `taken_off` says, as TAKEN_OFF, whom syncs took off; `takes_strangers`:
    who is on a mirrored list though no sync put them there is to be taken off as well; `folder`: where everybody found is written.

    Raises NotReconciledError, and SyncBusyError where a sync has the list, or died over it.
    """
    name = f"{audience} at {destination.name}"
    if why := why_not(destination, mode):
        raise NotReconciledError(f"{name} cannot be compared: {why}")
    assert isinstance(destination, ReadsMembers)
    files, journal = snapshots.files(destination.name, audience), snapshots.journal(destination.name, audience)
    began, patience = clock(), patience or Patience()
    try:
        with _at_rest(files, journal) as before:
            pass
        listing = read_list(destination, audience, patience, lambda count: progress(f"{name}: {count:,} people read"))
        off = taken_off()
        with _at_rest(files, journal, before):
            known = files.members(before.generation)
            if "profile_id" not in known.schema.names:
                raise NotReconciledError("it was told as events so far: there is no list of people to compare")
            compared = compare(known, listing.people, off, began - settled)
            missing = plain(addresses(known.taken(compared.missing, NAMES))).to_pylist()
        hidden = _suppressed(destination, missing, patience)
        with _at_rest(files, journal, before):
            found = findings(audience, destination.name, str(mode), listing, known, compared, hidden, folder)
            if is_to_mend and before.generation:  # where nothing was ever told there is no belief to mend
                theirs = [compared.returned, compared.strangers][: 1 + takes_strangers if mode is Mode.MIRROR else 0]
                remembered = listing.people.take(pa.array(np.concatenate([*theirs, _NOBODY])))
                is_mended = mend(files, journal, before, known, compared.missing[~hidden], remembered, began)
                found = replace(found, is_mended=is_mended)
            files.note_compared({**found.as_dict(), "at": began.isoformat()})
    except NotReconciledError as error:
        raise NotReconciledError(f"{name}: {error}") from None
    return found


@contextmanager
def _at_rest(files: ListFiles, journal: Journal, before: Current | None = None) -> Iterator[Current]:
    """Holds the list for a moment, as it was `before`. Raises NotReconciledError, SyncBusyError."""
    with journal.alone(files.lock):
        current = journal.at_rest()
        if current is None and (files.newest() or files.old.exists()):
            raise NotReconciledError("the ledger is younger than what is known of the list: sync it once more first")
        current = current or NOTHING
        if before is not None and current.generation != before.generation:
            raise NotReconciledError("it was synced while it was being read: nothing was changed; ask again")
        yield current


def _suppressed(destination: Destination, missing: list[str | None], patience: Patience) -> np.ndarray:
    """Which of these addresses the provider must not write to: it may have taken them off by itself."""
    wanted = set(filter(None, missing))

    def asked() -> set[str]:
        found: set[str] = set()
        if wanted and isinstance(destination, ReadsSuppressions):
            coming = (one.address for one in destination.suppressed(None))
            while some := list(islice(coming, _AT_ONCE)):
                found |= wanted.intersection(plain(pa.array(some)).to_pylist())
        return found

    try:
        found = ask(asked, patience)
    except NoAnswer as failure:
        raise NotReconciledError(f"its provider does not say whom it suppresses ({failure}): nothing was changed") from None
    return np.array([address in found for address in missing], bool)
