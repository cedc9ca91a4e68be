"""Who is the same person: hundreds of small random graphs of records and addresses against a plain union-find, and ids that stay over days.

Longer than most files: the made-up world, the reference that judges it and the days that pass in it are one argument.
"""

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from warehouse_kit import Warehouse, md5, moment, order

from orchestration.sources import crm, shop

DAYS = [moment(2026, 3, 1, 9) + timedelta(days=day) for day in range(3)]
LIMITS = {"email": 4, "phone": 4, "ga_pseudo_id": 1}
GRAPHS = 400
Node = tuple[str, str]


class World:
    """Rows as the systems hold them, by key; `changed` since the last landing. `numbers` has the true number behind each spelling."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, object]]] = {"contacts": {}, "customers": {}, "orders": {}}
        self.changed: list[tuple[str, str]] = []
        self.logins: list[tuple[str, str]] = []
        self.new_logins: list[tuple[str, str]] = []
        self.numbers: dict[str, str] = {}

    def put(self, table: str, key: str, at: datetime, **values: object) -> None:
        name = {"contacts": "contact_id", "customers": "customer_id", "orders": "order_id"}[table]
        old = self.rows[table].get(key) or (order(key, at) if table == "orders" else {name: key, "created_at": at})
        self.rows[table][key] = {**old, "country_code": "DE", **values, "updated_at": at}
        self.changed.append((table, key))

    def login(self, user: str, device: str) -> None:
        self.logins.append((user, device))
        self.new_logins.append((user, device))

    def phone(self, random: random.Random, number: int) -> str:
        national = f"151{number:08d}"
        spelled = random.choice([f"+49{national}", f"0{national}", f"0049 {national}", f" 0{national[:4]}/{national[4:]} "])
        self.numbers[spelled] = f"+49{national}"
        return spelled

    def land(self, warehouse: Warehouse, at: datetime) -> None:
        for name, table in (("contacts", crm.CONTACTS), ("customers", shop.CUSTOMERS), ("orders", shop.ORDERS)):
            keys = dict.fromkeys(key for changed, key in self.changed if changed == name)
            warehouse.land(table, [self.rows[name][key] for key in keys], at)
        event = {"event_at": at - timedelta(hours=1), "event_name": "login"}
        warehouse.land_events(({**event, "user_id": user, "user_pseudo_id": device} for user, device in self.new_logins), at)
        self.changed, self.new_logins = [], []

    def links(self) -> set[tuple[Node, Node]]:
        """What the rows say, each statement once."""
        found: set[tuple[Node, Node]] = {(("shop_customer_id", user), ("ga_pseudo_id", device)) for user, device in self.logins}
        for key, row in self.rows["contacts"].items():
            found |= {
                (("crm_id", key), right) for right in [*self.addresses(row), ("shop_customer_id", row.get("shop_customer_id"))] if right[1]
            }
        for key, row in self.rows["customers"].items():
            found |= {(("shop_customer_id", key), right) for right in self.addresses(row)}
        for row in self.rows["orders"].values():
            addresses = dict(self.addresses(row))
            if row.get("customer_id") and "email" in addresses:
                found.add((("shop_customer_id", row["customer_id"]), ("email", addresses["email"])))
            elif not row.get("customer_id") and len(addresses) == 2:
                found.add((("email", addresses["email"]), ("phone", addresses["phone"])))
        return found

    def addresses(self, row: dict[str, object]) -> list[Node]:
        email, phone = str(row.get("email") or "").strip().lower(), self.numbers.get(str(row.get("phone")))
        return [*([("email", email)] if "@" in email else []), *([("phone", phone)] if phone else [])]


def shared_by(links: set[tuple[Node, Node]]) -> set[Node]:
    """What too many records name, and guests' addresses that came with too many numbers."""
    named = Counter(right for _, right in links if right[0] in LIMITS)
    numbers = Counter(left for left, _ in links if left[0] == "email")
    return {node for counts in (named, numbers) for node, count in counts.items() if count > LIMITS[node[0]]}


def refusals(links: set[tuple[Node, Node]]) -> dict[tuple[Node, Node], str]:
    """The links that join nobody, and why; where both ends are shared, the first gives the reason."""
    shared = shared_by(links)
    ends = {link: [kind for kind, value in link if (kind, value) in shared] for link in links}
    return {link: f"{kinds[0]}_shared_by_many" for link, kinds in ends.items() if kinds}


def persons(world: World) -> set[frozenset[Node]]:
    """The partition by union-find: every group of identifiers with a contact, an account or a guest's own address in it."""
    links = world.links()
    refused, shared = refusals(links), shared_by(links)
    parent: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    records = {("crm_id", key) for key in world.rows["contacts"]} | {("shop_customer_id", key) for key in world.rows["customers"]}
    for row in world.rows["orders"].values():
        if row.get("customer_id"):
            records.add(("shop_customer_id", row["customer_id"]))
        else:
            records |= {node for node in world.addresses(row) if node[0] == "email" and node not in shared}
    for left, right in links - set(refused):
        parent[root(left)] = root(right)
    groups: dict[Node, set[Node]] = defaultdict(set)
    for node in set(parent) | records:
        groups[root(node)].add(node)
    return {frozenset(group) for group in groups.values() if group & records}


def grow(world: World, graph: int) -> None:
    """One small graph: a random tangle, a long chain, a ring, or a crowd around one address."""
    r = random.Random(f"graph {graph}")
    at, name = DAYS[0] - timedelta(days=r.randrange(1, 400), seconds=r.randrange(86400)), f"{r.randrange(16**6):06x}.{graph}"
    emails = [f"{name}.{place}@example.com" for place in range(5)]
    phones = [graph * 500 + place for place in range(5)]

    def email(place: int) -> str:
        return r.choice([emails[place], emails[place].upper(), f" {emails[place]} "])

    shape = ["chain", "ring", "crowd"][graph % 3] if graph % 4 == 0 else "tangle"
    if shape in ("chain", "ring"):
        length = 3 + r.randrange(8) if graph % 40 else 70 + r.randrange(60)
        place_of = r.sample(range(length * 2), length)  # so that names say nothing about neighbours
        for place in range(length):
            here, there = place_of[place], place_of[(place + 1) % length]
            last = place == length - 1 and shape == "chain"
            world.put("contacts", f"c{name}.{here}", at, email=f"{here}.{name}@example.com", shop_customer_id=f"a{name}.{here}")
            world.put("customers", f"a{name}.{here}", at, email=None if last else f"{there}.{name}@example.com")
        return
    if shape == "crowd":
        size = 3 + r.randrange(4)
        for place in range(size):
            world.put("contacts", f"c{name}.{place}", at, email=email(0), phone=world.phone(r, phones[place % 4]))
            world.put(
                "orders", f"o{name}.{place}", at, email=email(r.choice([0, 1])), phone=world.phone(r, phones[place % r.choice([1, 5])])
            )
        world.put("customers", f"a{name}", at, email=email(2), phone=world.phone(r, phones[0]))
        return
    for place in range(r.randrange(1, 5)):
        customer = r.choice([None, f"a{name}.{r.randrange(3)}"])
        address = r.choice([None, "not an address", email(r.randrange(3))])
        phone = r.choice([None, "12", world.phone(r, phones[r.randrange(3)])])
        world.put("contacts", f"c{name}.{place}", at, shop_customer_id=customer, email=address, phone=phone)
    for place in range(r.randrange(3)):
        world.put("customers", f"a{name}.{place}", at, email=email(r.randrange(4)), phone=r.choice([None, world.phone(r, phones[place])]))
    for place in range(r.randrange(4)):
        customer = r.choice([None, f"a{name}.{r.randrange(4)}"])
        phone = r.choice([None, world.phone(r, phones[r.randrange(4)])])
        world.put("orders", f"o{name}.{place}", at, customer_id=customer, email=r.choice([None, email(r.randrange(5))]), phone=phone)
    for _ in range(r.randrange(3)):
        world.login(f"a{name}.{r.randrange(4)}", f"d{name}.{r.randrange(3)}")


class Day:
    """What the warehouse says on one evening, beside what the rows say."""

    def __init__(self, warehouse: Warehouse, world: World) -> None:
        self.expected, self.refused, self.shared = persons(world), refusals(world.links()), shared_by(world.links())
        found = warehouse.rows("select identifier_type, identifier_value, profile_id from identity.identifiers")
        self.profile = {(str(row["identifier_type"]), str(row["identifier_value"])): str(row["profile_id"]) for row in found}
        self.founders = {str(row["profile_id"]): row for row in warehouse.rows("from identity.founders")}
        self.current = {str(row["profile_id"]): str(row["current_profile_id"]) for row in warehouse.rows("from identity.profile_ids")}
        self.links = warehouse.rows("from identity.refused_links")

    def one(self, key: str) -> str:
        """The person behind an account."""
        return self.profile["shop_customer_id", key]

    @property
    def groups(self) -> dict[str, set[Node]]:
        groups: dict[str, set[Node]] = defaultdict(set)
        for node, profile in self.profile.items():
            groups[profile].add(node)
        return groups


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Day]:
    """Three days, and the third once more with everything made anew."""
    warehouse, world, r = Warehouse(tmp_path_factory.mktemp("identity")), World(), random.Random(5)
    models = ("+identifiers", "+refused_links")
    for graph in range(GRAPHS):
        grow(world, graph)
    for person in range(60):
        world.put("customers", f"plain{person}", DAYS[0], email=f"plain{person}@example.com")
        world.put("contacts", f"plain{person}", DAYS[0], shop_customer_id=f"plain{person}")
    told = []
    for place, day in enumerate(DAYS):
        for person in range(20) if place == 1 else ():  # a bridge makes two one; new people come; tangles go on growing
            world.put("contacts", f"bridge{person}", day, shop_customer_id=f"plain{2 * person}", email=f"plain{2 * person + 1}@example.com")
            world.put("customers", f"later{person}", day, email=f"later{person}@example.com")
        for person in range(10) if place == 2 else ():  # half of the bridges fall again, and the elder meet the younger
            world.put("contacts", f"bridge{person}", day, shop_customer_id=None, email=None)
            world.put("contacts", f"second{person}", day, shop_customer_id=f"later{person}", email=f"plain{50 + person}@example.com")
        for graph in r.sample(range(GRAPHS), 60) if place else ():
            contact = r.choice([key for key in world.rows["contacts"] if f".{graph}." in key] or ["plain0"])
            known = [str(row["email"]) for row in world.rows["orders"].values() if row.get("email")]
            world.put("orders", f"more{place}.{graph}", day - timedelta(hours=2), email=r.choice(known), phone=world.phone(r, graph * 500))
            world.put("contacts", contact, day, phone=world.phone(r, graph * 500 + 1))
        world.land(warehouse, day)
        warehouse.build(day, *models)
        told.append(Day(warehouse, world))
    warehouse.build(DAYS[-1], *models, full_refresh=True)
    return [*told, Day(warehouse, world)]


def test_the_partition_is_that_of_a_plain_union_find(days: list[Day]) -> None:
    for day in days:
        found = {frozenset(group) for group in day.groups.values()}
        assert found - day.expected == set() == day.expected - found
    sizes = Counter(len(group) for group in days[0].expected)
    assert max(sizes) > 64 * 3 and sizes[1] > 20, "long chains and people without any address are among the graphs"


def test_refused_links_are_listed_with_their_reason(days: list[Day]) -> None:
    for day in days:
        sides = ("left_type", "left_value"), ("right_type", "right_value")
        found = {tuple((row[kind], row[value]) for kind, value in sides): row["reason"] for row in day.links}
        assert found == day.refused
    assert len(set(days[0].refused.values())) == 3


def test_a_shared_address_belongs_to_nobody_and_founds_nobody(days: list[Day]) -> None:
    known: set[str] = set()
    for day in days:
        assert Counter(kind for kind, _ in day.shared).keys() == LIMITS.keys()
        assert not day.shared & set(day.profile)
        assert not {founding_id(node) for node in day.shared} & (set(day.founders) - known)
        known |= set(day.founders)


def test_the_record_that_lasts_longest_founds_the_profile(days: list[Day]) -> None:
    order_of = ("shop_customer_id", "crm_id", "email")
    for profile, group in days[0].groups.items():
        best = next(kind for kind in order_of if kind in {node[0] for node in group})
        assert days[0].founders[profile]["founder_type"] == best


def test_everyone_keeps_the_id_and_of_two_that_become_one_the_elder_stays(days: list[Day]) -> None:
    for before, after in pairwise(days):
        assert before.founders.items() <= after.founders.items(), "an id once given is never taken back"
    for day in days:
        for group in day.expected:
            ids = {founding_id(node) for node in group} & set(day.founders)
            elder = min(ids, key=lambda profile: (day.founders[profile]["generation"], profile))
            assert {day.profile[node] for node in group} == {elder}
            assert {day.current[profile] for profile in ids} == {elder}
        assert set(day.current) == set(day.founders)
        gone = set(day.founders) - {founding_id(node) for group in day.expected for node in group}
        assert {day.current[profile] for profile in gone} == gone, "whose identifier is shared by now stands alone"
    assert gone


def test_what_becomes_of_those_who_meet_and_part(days: list[Day]) -> None:
    first, second, third, _ = days
    for person in range(20):
        one, other = f"plain{2 * person}", f"plain{2 * person + 1}"
        before = {first.one(one), first.one(other)}
        assert len(before) == 2
        assert {second.one(one), second.one(other)} == {min(before)} == {second.current[profile] for profile in before}
        if person < 10:  # the bridge fell: each has the old id again, and the bridge itself is somebody new
            assert (third.one(one), third.one(other)) == (first.one(one), first.one(other))
            assert third.profile["crm_id", f"bridge{person}"] not in {*first.founders, *second.founders}
            younger, elder = second.one(f"later{person}"), first.one(f"plain{50 + person}")
            assert third.one(f"later{person}") == third.one(f"plain{50 + person}") == elder == third.current[younger]
    untouched = {node for group in first.expected & third.expected for node in group}
    assert len(untouched) > 1000
    assert {node: third.profile[node] for node in untouched} == {node: first.profile[node] for node in untouched}


def test_a_full_refresh_changes_no_id(days: list[Day]) -> None:
    assert days[3].profile == days[2].profile
    assert days[3].current == days[2].current
    assert days[3].founders == days[2].founders


def founding_id(node: Node) -> str:
    """The id of the profile that this identifier would found."""
    return "p_" + md5(":".join(node))[:20]
