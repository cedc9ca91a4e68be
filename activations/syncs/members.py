"""The two halves of a sync with a provider that changes lists member by member."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from activations.destination import Destination, ListMember, Polls, ReadsMembers, Request, Work
from activations.masking import mask
from activations.model import Accepted, Rejected, why
from activations.syncs.difference import address_hash, member_hashes
from activations.syncs.report import SyncReport
from activations.transport.batching import batches
from activations.transport.conversation import Conversation
from activations.transport.patience import Patience, ask

_ROWS_AT_ONCE = 10_000
_SAMPLES = 3


def upsert(
    destination: Destination,
    audience_id: str,
    rows: pa.Table,
    report: SyncReport,
    patience: Patience,
    progress: Callable[[str], None],
) -> pa.Table:
    """Puts these rows of the desired table on the list; returns those that the provider took. Stops at the first request that fails."""
    conversation = Conversation(
        lambda some: destination.send(Request(Work.UPSERT, some, audience_id)),
        destination.abilities[Work.UPSERT].is_repeatable,
        patience,
        destination.poll if isinstance(destination, Polls) else None,
    )
    taken: list[int] = []
    encoded = enumerate(destination.encode(Work.UPSERT, row) for row in _stream(rows))
    for batch in batches(encoded, lambda row: len(row[1]), destination.abilities[Work.UPSERT].limits):
        for (position, _), outcome in zip(batch, conversation.settle([row for _, row in batch]), strict=True):
            if isinstance(outcome, Accepted):
                taken.append(position)
            elif isinstance(outcome, Rejected):
                report.rejected[outcome.code] += 1
                if len(report.samples) < _SAMPLES:
                    row = rows.slice(position, 1).to_pylist()[0]
                    address = mask(str(row.get("email") or row.get("phone") or ""))
                    report.samples.append(f"{address} rejected: {outcome.code} {outcome.field or ''} {outcome.detail}".strip())
            else:
                report.stopped = why(outcome)
        report.accepted = len(taken)
        progress(f"{report.audience}: {len(taken)} of {rows.num_rows} upserted")
        if report.stopped:
            break
    return rows.take(pa.array(taken, pa.int64()))


def remove(
    destination: Destination, audience_id: str, removals: pa.Table, desired: pa.Table, report: SyncReport, patience: Patience
) -> pa.Array:
    """Takes these acknowledged members off the list; returns the profile_ids of those who are not on it any more.

    A provider merges people who share an address and knows them by the last profile_id that it saw. So members are
    found by their profile_id or else by their address, and who is still wished for under either stays.
    """
    by_key: dict[str, str] = {}
    for row in removals.to_pylist():
        by_key[row["profile_id"]] = row["profile_id"]
        if row["address_hash"]:
            by_key.setdefault(row["address_hash"], row["profile_id"])
    wanted = set(desired.column("profile_id").to_pylist()) | {key for key in member_hashes(_stream(desired)) if key}
    found: dict[bytes, str] = {}
    work = Work.REMOVE
    for member in _members(destination, audience_id, patience):
        keys = [key for key in (member.profile_id, address_hash(member.address)) if key]
        gone = [by_key[key] for key in keys if key in by_key]
        if gone and not any(key in wanted for key in keys):
            row = {"profile_id": gone[0], "email": None, "phone": None, "provider_ref": member.provider_id}
            found[destination.encode(work, row)] = gone[0]
    conversation = Conversation(
        lambda some: destination.send(Request(work, some, audience_id)), destination.abilities[work].is_repeatable, patience
    )
    kept: set[str] = set()
    for batch in batches(found, len, destination.abilities[Work.REMOVE].limits):
        for provider_id, outcome in zip(batch, conversation.settle(batch), strict=True):
            if not isinstance(outcome, Accepted):
                kept.add(found[provider_id])
                report.stopped = why(outcome)
    removed = [key for key in removals.column("profile_id").to_pylist() if key not in kept]
    report.removed = len(removed)
    return pa.array(removed, pa.string())


def _members(destination: Destination, audience_id: str, patience: Patience) -> Iterator[ListMember]:
    if not isinstance(destination, ReadsMembers):
        return
    cursor: str | None = None
    while True:
        start = cursor
        page, cursor = ask(lambda: destination.members(audience_id, start), patience)  # noqa: B023  (called at once)
        yield from page
        if cursor is None:
            return


def _stream(rows: pa.Table) -> Iterator[dict[str, object]]:
    for batch in rows.to_batches(max_chunksize=_ROWS_AT_ONCE):
        yield from batch.to_pylist()
