"""What a comparison of a list with its provider came to, for people: counts, some of each kind with their addresses masked."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from activations.masking import mask
from activations.syncs.addresses import addresses
from activations.syncs.comparison import Comparison
from activations.syncs.listing import Listing
from activations.syncs.rows import Positions, Rows
from activations.syncs.snapshots import written

WORDS = {
    "missing": "missing there",
    "suppressed": "missing there, and suppressed by the provider: left alone",
    "recent": "missing there, but acknowledged so lately that it may not list them yet: left alone",
    "unanswered": "not there, and their answer was lost: the next sync tells them",
    "returned": "there though a sync took them off",
    "leaving": "there still, and taken off lately: left alone",
    "strangers": "there though no sync put them there",
}
"""The kinds of people who are not the same on both sides."""
_SAMPLES = 5
_SCHEMA = pa.schema([("kind", pa.string()), ("profile_id", pa.string()), ("provider_id", pa.string())])


@dataclass(frozen=True, slots=True)
class Findings:
    """`believed`: people whom the provider is believed to hold; `listed`: whom it lists; `agreed`: those of the believed who are listed.
    `kinds`: how many of each, as WORDS says; `samples`: some of them.
    """

    audience: str
    destination: str
    mode: str
    is_there: bool
    """Whether the provider has a list of that name."""
    believed: int
    listed: int
    agreed: int
    kinds: dict[str, int]
    samples: dict[str, list[str]] = field(default_factory=dict)
    is_mended: bool = False

    @property
    def is_in_step(self) -> bool:
        """Whether nobody is missing there, or there in error."""
        return not any(self.kinds[kind] for kind in ("missing", "returned", "strangers"))

    def sentences(self) -> list[str]:
        """The findings in words."""
        name = f"{self.audience} at {self.destination} ({self.mode})"
        there = f"{self.listed:,} are listed" if self.is_there else "it has no list of that name"
        lines = [f"{name}: {self.believed:,} are believed to be there, {there}; {self.agreed:,} agree"]
        for kind, count in self.kinds.items():
            if count:
                some = ", ".join(self.samples.get(kind, ()))
                lines.append(f"{count:,} {WORDS[kind]}" + (f": {some}" if some else ""))
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Plain values, without samples."""
        return {name: value for name, value in asdict(self).items() if name != "samples"}


def findings(
    audience: str,
    destination: str,
    mode: str,
    listing: Listing,
    known: Rows,
    compared: Comparison,
    hidden: np.ndarray,
    folder: Path | None,
) -> Findings:
    """`hidden`: which of the missing the provider suppresses. Writes everybody who is not the same on both sides to `people.parquet` in
    `folder`, by id and without addresses, so that they can be looked up there."""
    ours = {"missing": compared.missing[~hidden], "suppressed": compared.missing[hidden]}
    ours |= {"recent": compared.recent, "unanswered": compared.unanswered}
    theirs = {"returned": compared.returned, "leaving": compared.leaving, "strangers": compared.strangers}
    kinds = {kind: len(places) for kind, places in (ours | theirs).items()}
    samples = {kind: _samples(_ours(known, places[:_SAMPLES])) for kind, places in ours.items()}
    samples |= {kind: _samples(listing.people.take(pa.array(places[:_SAMPLES]))) for kind, places in theirs.items()}
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        with written(folder / "people.parquet", _SCHEMA) as file:
            for kind, some in _everybody(known, listing, ours, theirs):
                columns = {"kind": pa.repeat(kind, some.num_rows), "profile_id": some.column("profile_id")}
                file.write_table(pa.table(columns | {"provider_id": some.column("provider_id")}, schema=_SCHEMA))
    believed = len(compared.agreed) + sum(map(len, ours.values()))
    return Findings(audience, destination, mode, listing.is_there, believed, listing.people.num_rows, len(compared.agreed), kinds, samples)


def _everybody(known: Rows, listing: Listing, ours: dict[str, Positions], theirs: dict[str, Positions]) -> Iterator[tuple[str, pa.Table]]:
    for kind, places in ours.items():
        yield kind, _ours(known, places)
    for kind, places in theirs.items():
        yield kind, listing.people.take(pa.array(places))


def _ours(known: Rows, places: Positions) -> pa.Table:
    rows = known.taken(places, ["profile_id", "email", "phone", "provider_ref"])
    return rows.rename_columns(["profile_id", "email", "phone", "provider_id"]).append_column("address", addresses(rows))


def _samples(some: pa.Table) -> list[str]:
    rows = some.select(["address", "profile_id"]).to_pylist()
    return [" ".join(filter(None, (mask(row["address"] or ""), row["profile_id"]))) for row in rows]
