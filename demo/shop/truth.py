"""The truth, for tests, in one file of some length: who is who, who left and when, whom messages move. The pipeline never looks here."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from demo.shop.catalogue import CATEGORIES
from demo.shop.clock import NEVER
from demo.shop.databases import Rows
from demo.shop.draws import Ints
from demo.shop.ga4 import pseudo_id
from demo.shop.orders import ORDERS_PER_PERSON
from demo.shop.people import KINDS, ONE_TIMER
from demo.shop.places import CITIES
from demo.shop.plan import Plan

_TIME = pa.timestamp("us")
SCHEMAS = {
    "people": pa.schema(
        {
            "person_id": pa.string(),
            "kind": pa.string(),
            "category": pa.string(),
            "joined_at": _TIME,
            "left_at": _TIME,
            "interval_days": pa.float64(),
            "reacts": pa.bool_(),
            "annoyed": pa.bool_(),
            "preferred_hour": pa.float64(),
            "time_zone": pa.string(),
            "is_tracked": pa.bool_(),
        }
    ),
    "identifiers": pa.schema([(name, pa.string()) for name in ("person_id", "identifier_type", "value")]),
    "shared": pa.schema([(name, pa.string()) for name in ("identifier_type", "value", "reason", "person_id")]),
}


class TruthFiles:
    """The three files, filled chunk by chunk; `keep` adds the identifiers to those written before."""

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self._folder = folder / "truth"
        self._keep = keep
        self._folder.mkdir(parents=True, exist_ok=True)
        self._writers = {name: pq.ParquetWriter(self._partial(name), schema) for name, schema in SCHEMAS.items()}

    def _partial(self, name: str) -> Path:
        return self._folder / f"{name}.parquet.partial"

    def add(self, plan: Plan, shop: Rows, crm: Rows, now: int) -> None:
        """What is true of a chunk at `now`; the rows are those written into the databases."""
        self._writers["people"].write_table(_people(plan, now))
        for name, rows in (("identifiers", _identifiers(plan, shop, crm, now)), ("shared", _shared(plan, now))):
            columns = list(zip(*sorted(set(rows)), strict=True)) or [()] * len(SCHEMAS[name])
            self._writers[name].write_table(pa.table([pa.array(c, pa.string()) for c in columns], schema=SCHEMAS[name]))

    def __enter__(self) -> "TruthFiles":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Put the files in place; after an error leave the old ones."""
        for writer in self._writers.values():
            writer.close()
        if kind is None and self._keep:
            self._keep_old()
        for name in SCHEMAS:
            if kind is None:
                self._partial(name).replace(self._folder / f"{name}.parquet")
            else:
                self._partial(name).unlink(missing_ok=True)

    def _keep_old(self) -> None:
        old, fresh = self._folder / "identifiers.parquet", self._partial("identifiers")
        merged = self._folder / "identifiers.merged.partial"
        with duckdb.connect() as connection:
            connection.execute("set preserve_insertion_order = true; set threads = 1")
            connection.execute(
                f"copy (select distinct * from read_parquet(['{old}', '{fresh}']) order by all) to '{merged}' (format parquet)"
            )
        merged.replace(fresh)


def person_id(number: int) -> str:
    """A person's name in the truth."""
    return f"P{number:08d}"


def _people(plan: Plan, now: int) -> pa.Table:
    people = plan.people
    seen = people.joined <= now
    seen[plan.visits.person[plan.visits.at <= now]] = True  # looks around, and will join later
    which = np.flatnonzero(seen)
    left = np.where(people.kind == ONE_TIMER, people.joined, people.left)[which]
    columns = [
        [person_id(number) for number in people.number[which].tolist()],
        [KINDS[kind] for kind in people.kind[which].tolist()],
        [CATEGORIES[category].name for category in people.category[which].tolist()],
        people.joined[which],
        pa.array(left, pa.int64(), mask=left >= NEVER),
        people.interval_days[which],
        people.reacts[which],
        people.annoyed[which],
        np.round(people.hour[which], 2),
        [CITIES[city][1].time_zone for city in people.city[which].tolist()],
        people.tracked[which],
    ]
    schema = SCHEMAS["people"]
    arrays = [pa.array(c).cast(f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _identifiers(plan: Plan, shop: Rows, crm: Rows, now: int) -> Iterator[tuple[str, str, str]]:
    """Every identifier as the sources hold it."""
    for row in shop["customers"]:
        person = person_id(int(row["customer_id"][1:]))
        yield person, "shop_customer_id", row["customer_id"]
        yield from _contact_ways(person, row["email"], row["phone"])
    for row in shop["orders"]:
        number = int(row["order_id"][1:]) // ORDERS_PER_PERSON
        yield from _contact_ways(person_id(number), row["email"], row["phone"])
    for row in crm["contacts"]:
        person = person_id(int(row["contact_id"][1:]) // 2)
        yield person, "crm_id", row["contact_id"]
        yield from _contact_ways(person, row["email"], row["phone"])
    seen = plan.visits.at <= now
    owners: Ints = plan.people.number[plan.visits.person[seen]]
    for number, device in np.unique(np.stack([owners, plan.visits.device[seen]]), axis=1).T.tolist():
        yield person_id(number), "ga_pseudo_id", pseudo_id(device)


def _contact_ways(person: str, email: str | None, phone: str | None) -> Iterator[tuple[str, str, str]]:
    if email:
        yield person, "email", email
    if phone:
        yield person, "phone", phone


def _shared(plan: Plan, now: int) -> Iterator[tuple[str, str, str, str]]:
    """Addresses and devices of several people, normalised, once for each of those people."""
    people = plan.people
    for i in np.flatnonzero((people.joined <= now) & ((people.partner >= 0) | (people.role > 0))).tolist():
        kinds = ("email", "phone", "ga_pseudo_id")
        kind = kinds[int(people.shares[i])] if people.role[i] == 0 else kinds[int(people.role[i]) - 1]
        reason = "family" if people.role[i] == 0 else "role"
        values = {"email": plan.addresses.email[i], "phone": plan.addresses.phone[i]}
        value = values.get(kind) or pseudo_id(int(people.number[people.partner[i]]) * 2)
        known = [p for p in (i, int(people.partner[i])) if p >= 0 and people.joined[p] <= now]
        for person in known if people.role[i] or len(known) == 2 else []:
            yield kind, value, reason, person_id(int(people.number[person]))
