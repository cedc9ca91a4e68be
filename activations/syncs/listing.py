"""Who is on a list, as its provider says: read page after page to its end, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from activations.destination import ListMember, ReadsMembers
from activations.transport.http import NoAnswer
from activations.transport.patience import Patience, ask

SCHEMA = pa.schema([(name, pa.string()) for name in ("provider_id", "profile_id", "address", "phone")])


class NotReconciledError(ValueError):
    """A list cannot be compared with what its provider holds; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The people of a list, once each, as SCHEMA says; is_there: whether the provider has a list of that name."""

    people: pa.Table
    is_there: bool


def read_list(destination: ReadsMembers, audience: str, patience: Patience, told: Callable[[int], None]) -> Listing:
    """Everyone whom the provider lists; `told` hears after each page how many these are so far. A page whose answer is lost is asked for
    again. Raises NotReconciledError where that helps no more: a list that was read in part says nothing of who is missing.
    """
    pages: list[pa.RecordBatch] = []
    seen: set[str] = set()
    count = 0
    try:
        target = ask(lambda: destination.find(audience), patience)
        cursor: str | None = None
        while target is not None:
            some, following = _page(destination, target, cursor, patience)
            pages.append(_columns(some))
            count += len(some)
            told(count)
            if following is None:
                break
            if following in seen:
                raise NotReconciledError(f"its provider names the same page twice, after {count:,} people: nothing was changed")
            seen.add(following)
            cursor = following
    except NoAnswer as failure:
        words = f"it could be read in part only, {count:,} people ({failure}): nothing was changed; ask again later"
        raise NotReconciledError(words) from None
    return Listing(_once_each(pa.Table.from_batches(pages, SCHEMA)), target is not None)


def _page(destination: ReadsMembers, target: str, cursor: str | None, patience: Patience) -> tuple[list[ListMember], str | None]:
    return ask(lambda: destination.members(target, cursor), patience)


def _columns(people: list[ListMember]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [pa.array([getattr(one, name) for one in people], pa.string()) for name in SCHEMA.names], schema=SCHEMA
    )


def _once_each(people: pa.Table) -> pa.Table:
    """Where people join and leave meanwhile, pages that are counted off may show somebody twice."""
    if people.num_rows == 0:
        return people
    rest = SCHEMA.names[1:]
    grouped = pa.TableGroupBy(people, "provider_id", use_threads=False).aggregate([(name, "first") for name in rest])
    return grouped.select(["provider_id", *(f"{name}_first" for name in rest)]).rename_columns(SCHEMA.names)
