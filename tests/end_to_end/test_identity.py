"""Who is the same person: hundreds of small random graphs of records, names and addresses against a plain reading of the rules.

Ids that stay over days are judged on the same graphs.

Longer than most files: the made-up world, the reference that judges it and the days that pass in it are one argument.
"""

import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from warehouse_kit import Warehouse, md5, moment, order

from orchestration.sources import crm, shop

DAYS = [moment(2026, 3, 1, 9) + timedelta(days=day) for day in range(3)]
MAX_PEOPLE = 6
GRAPHS = 400
#: Given names as written, and how they read; Anja may be Anna.
GIVEN = {None: None, "Anna": "anna", "ÄNNÄ ": "anna", "Anja": "anja", "Boris": "boris", "Clara": "clara", "C.": "c", "Dr. Boris": "boris"}
FAMILY = {None: None, "Miller": "miller", "Baker": "baker", "Miller-Baker": "miller baker", "O'Hara": "ohara"}
#: Types of records, in the order in which they found a profile.
RECORDS = ("shop_customer_id", "crm_id", "guest")
ALIKE = {"anja": "anna"}
Node = tuple[str, str]


class World:
    """Rows as the systems hold them, by key; `changed` since the last landing. `numbers` has the true number behind each spelling."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, object]]] = {"contacts": {}, "customers": {}, "orders": {}}
        self.changed: list[tuple[str, str]] = []
        self.logins: list[tuple[str, str]] = []
        self.new_logins: list[tuple[str, str]] = []
        self.numbers: dict[str, str] = {}

    def put(self, table: str, key: str, at: datetime, *, named: random.Random | None = None, **values: object) -> None:
        """A row; `named` draws names for it."""
        if named:
            values |= {"first_name": named.choice(list(GIVEN)), "last_name": named.choice(list(FAMILY))}
            if table == "contacts":
                values["birth_date"] = named.choice([None, None, date(1960, 5, 17), date(1991, 11, 3), date(1989, 2, 25)])
        name = {"contacts": "contact_id", "customers": "customer_id", "orders": "order_id"}[table]
        old = self.rows[table].get(key) or (order(key, at) if table == "orders" else {name: key, "created_at": at})
        self.rows[table][key] = {**old, "country_code": "DE", **values, "updated_at": at}
        self.changed.append((table, key))

    def login(self, user: str, device: str) -> None:
        self.logins.append((user, device))
        self.new_logins.append((user, device))

    def phone(self, random: random.Random, number: int) -> str:
        national = f"151{number + 1:08d}"
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
        """What records say of addresses, each statement once."""
        found = {(key, node) for key, row in self.records().items() for node in self.addresses(row)}
        for row in self.rows["orders"].values():
            if row.get("customer_id"):
                found |= {(("shop_customer_id", str(row["customer_id"])), node) for node in self.addresses(row) if node[0] == "email"}
        return found

    def aliases(self) -> set[tuple[Node, Node]]:
        """What the CRM says of accounts."""
        contacts = self.rows["contacts"].items()
        return {
            (("crm_id", key), ("shop_customer_id", str(row["shop_customer_id"]))) for key, row in contacts if row.get("shop_customer_id")
        }

    def records(self) -> dict[Node, dict[str, object]]:
        """Contacts and accounts, accounts that only others name, and guests."""
        found: dict[Node, dict[str, object]] = {("crm_id", key): row for key, row in self.rows["contacts"].items()}
        found |= {("shop_customer_id", key): row for key, row in self.rows["customers"].items()}
        named = [
            row.get(name)
            for table, name in (("orders", "customer_id"), ("contacts", "shop_customer_id"))
            for row in self.rows[table].values()
        ]
        found = {("shop_customer_id", str(key)): {} for key in named if key} | found
        for row in self.rows["orders"].values():
            addresses = dict(self.addresses(row))
            if not row.get("customer_id") and addresses:
                names = [str(row.get(name) or "").lower().strip() for name in ("first_name", "last_name")]
                parts = [addresses.get("email", ""), addresses.get("phone", ""), *names, ""]
                found["guest", md5("|".join(parts))] = row
        return found

    def addresses(self, row: dict[str, object]) -> list[Node]:
        email, phone = str(row.get("email") or "").strip().lower(), self.numbers.get(str(row.get("phone")))
        return [*([("email", email)] if "@" in email else []), *([("phone", phone)] if phone else [])]


class Person:
    """What is compared of a record."""

    def __init__(self, row: dict[str, object]) -> None:
        self.given, self.family, self.born = GIVEN[row.get("first_name")], FAMILY[row.get("last_name")], row.get("birth_date")

    @property
    def is_weak(self) -> bool:
        return len(self.given or "") < 2

    def taken_for(self, other: "Person") -> "Person":
        found = Person({})
        found.given, found.family, found.born = other.given or self.given, other.family or self.family, self.born or other.born
        return found

    def contradicts(self, other: "Person", kind: str) -> str | None:
        """The rule by which two people are not one."""
        both = self.given is not None and other.given is not None
        initial = both and 1 in (len(str(self.given)), len(str(other.given)))
        alike = ALIKE.get(str(self.given), self.given) == ALIKE.get(str(other.given), other.given)
        given = both and not alike and not (initial and str(self.given)[0] == str(other.given)[0])
        families = (self.family or "").split(), (other.family or "").split()
        family = all(families) and not set(families[0]) & set(families[1])
        surely = self.born is not None and self.given is not None and (self.born, self.given) == (other.born, other.given)
        if given or (family and not surely and (kind == "phone" or (both and (self.is_weak or other.is_weak)))):
            return "names_differ"
        born = bool(self.born and other.born and self.born != other.born)
        whole = not self.is_weak and not other.is_weak and all(families) and not family
        if born and whole and abs(self.born.year - other.born.year) <= 12:
            return None  # one of the dates is wrong: father and son lie further apart
        return "birth_dates_differ" if born else None


class Verdict:
    """Which records are one person, by a plain reading of the rules: groups under each key, then union-find over all of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = {key: Person(row) for key, row in world.records().items()}
        self.refused: dict[tuple[Node, Node, str], str] = {}
        named: dict[Node, set[Node]] = defaultdict(set)
        for record, node in world.links():
            named[node].add(record)
        self.crowded = {node for node, records in named.items() if self.people_under(records) > MAX_PEOPLE}
        for node in self.crowded:
            self.refused |= {(record, node, node[0]): f"{node[0]}_shared_by_many" for record in named[node]}
        self.held = {node: records for node, records in named.items() if node not in self.crowded}
        self.shared = {node: records for node, records in self.held.items() if len(records) > 1}
        first = {node: self.groups(node, self.people) for node in self.shared}
        self.torn: set[Node] = set()
        taken = {key: self.taken_for(key, first) for key, person in self.people.items() if person.is_weak}
        people = self.people | {key: person for key, person in taken.items() if person}
        self.joined = [(one, other) for one, other in world.aliases()]
        for node, records in self.shared.items():
            groups = self.groups(node, people)
            self.joined += [pair for group in groups for pair in pairwise(sorted(group))]
            place = {record: number for number, group in enumerate(groups) for record in group}
            for one, other in combinations(records, 2):
                if place[one] != place[other]:
                    apart = self.torn & {one, other}
                    reason = None if apart else people[one].contradicts(people[other], node[0])
                    self.refused[*sorted((one, other)), node[0]] = reason or "ambiguous"

    def people_under(self, records: set[Node]) -> int:
        known = {(self.people[key].given, self.people[key].family) for key in records if self.people[key].given}
        return len(known) + sum(self.people[key].given is None for key in records)

    def groups(self, node: Node, people: dict[Node, Person]) -> list[set[Node]]:
        """All of them where nobody contradicts anybody; else those that the very same others contradict."""
        records = {key for key in self.shared[node] if key not in getattr(self, "torn", ())}
        against = {key: frozenset(other for other in records if people[key].contradicts(people[other], node[0])) for key in records}
        alone = [{key} for key in self.shared[node] - records]
        if not any(against.values()):
            return [records, *alone]
        groups: dict[frozenset[Node], set[Node]] = defaultdict(set)
        for key, others in against.items():
            groups[others or frozenset({key})].add(key)
        return [*groups.values(), *alone]

    def taken_for(self, key: Node, groups: dict[Node, list[set[Node]]]) -> Person | None:
        """Whom a record without a whole name is with; nobody where those contradict each other."""
        if not any(key in records for records in self.shared.values()):
            return None
        stated = {other for pair in self.world.aliases() if key in pair for other in pair} - {key}
        near = {other for each in groups.values() for group in each if key in group for other in group}
        for others in (stated, near):
            anchors = sorted((other for other in others if not self.people[other].is_weak), key=hashed)
            if anchors:
                if any(self.people[one].contradicts(self.people[other], "email") for one, other in combinations(anchors, 2)):
                    self.torn.add(key)
                return self.people[key].taken_for(self.people[anchors[0]])
        return None

    def persons(self) -> set[frozenset[Node]]:
        """Every person's records, addresses and own devices."""
        parent = {key: key for key in self.people}

        def root(node: Node) -> Node:
            while parent[node] != node:
                parent[node] = node = parent[parent[node]]
            return node

        for one, other in self.joined:
            parent[root(one)] = root(other)
        held = {record for records in self.held.values() for record in records}
        groups: dict[Node, set[Node]] = defaultdict(set)
        for key, person in self.people.items():
            if key[0] != "guest" or person.given or key in held:
                groups[root(key)].add(key)
        for node, records in self.held.items():
            for record in records:
                groups[root(record)].add(node)
        users: dict[str, set[Node]] = defaultdict(set)
        for user, device in self.world.logins:
            if ("shop_customer_id", user) in self.people:
                users[device].add(root(("shop_customer_id", user)))
        for device, roots in users.items():
            if len(roots) == 1:
                groups[min(roots)].add(("ga_pseudo_id", device))
            else:
                logins = [("shop_customer_id", user) for user, name in self.world.logins if name == device]
                self.refused |= {(key, ("ga_pseudo_id", device), "ga_pseudo_id"): "device_shared" for key in logins}
        return {frozenset(group) for group in groups.values()}


def hashed(node: Node) -> int:
    """The 128-bit key by which the warehouse orders records."""
    return int.from_bytes(bytes.fromhex(md5(":".join(node))), "little")


def grow(world: World, graph: int) -> None:
    """One small graph: a random tangle, a long chain, a ring, or a crowd around one address."""
    r = random.Random(f"graph {graph}")
    at, name = DAYS[0] - timedelta(days=r.randrange(1, 400), seconds=r.randrange(86400)), f"{r.randrange(16**6):06x}.{graph}"
    emails = [f"{name}.{place}@example.com" for place in range(5)]
    phones = [graph * 500 + place for place in range(5)]

    def email(place: int) -> str:
        return r.choice([emails[place], emails[place].upper(), f" {emails[place]} "])

    shape = ["chain", "ring", "crowd"][graph % 3] if graph % 4 == 0 else "tangle"
    named = r.choice([None, r, r, r])
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
        size = 3 + r.randrange(7)
        for place in range(size):
            world.put("contacts", f"c{name}.{place}", at, named=named, email=email(0), phone=world.phone(r, phones[place % 4]))
            world.put(
                "orders",
                f"o{name}.{place}",
                at,
                named=r.choice([None, named]),
                email=email(r.choice([0, 1])),
                phone=world.phone(r, phones[place % 2]),
            )
        world.put("customers", f"a{name}", at, named=named, email=email(2), phone=world.phone(r, phones[0]))
        return
    for place in range(r.randrange(1, 5)):
        customer = r.choice([None, f"a{name}.{r.randrange(3)}"])
        address = r.choice([None, "not an address", email(r.randrange(3))])
        phone = r.choice([None, "12", world.phone(r, phones[r.randrange(3)])])
        world.put("contacts", f"c{name}.{place}", at, named=named, shop_customer_id=customer, email=address, phone=phone)
    for place in range(r.randrange(3)):
        world.put(
            "customers",
            f"a{name}.{place}",
            at,
            named=named,
            email=email(r.randrange(4)),
            phone=r.choice([None, world.phone(r, phones[place])]),
        )
    for place in range(r.randrange(4)):
        customer = r.choice([None, f"a{name}.{r.randrange(4)}"])
        phone = r.choice([None, world.phone(r, phones[r.randrange(4)])])
        world.put(
            "orders",
            f"o{name}.{place}",
            at,
            named=r.choice([None, named]),
            customer_id=customer,
            email=r.choice([None, email(r.randrange(5))]),
            phone=phone,
        )
    for _ in range(r.randrange(3)):
        world.login(f"a{name}.{r.randrange(4)}", f"d{name}.{r.randrange(3)}")


class Day:
    """What the warehouse says on one evening, beside what the rows say."""

    def __init__(self, warehouse: Warehouse, world: World) -> None:
        verdict = Verdict(world)
        self.expected, self.refused, self.crowded = verdict.persons(), verdict.refused, verdict.crowded
        self.groups: dict[str, set[Node]] = defaultdict(set)
        self.profile: dict[Node, str] = {}
        self.owners: Counter[Node] = Counter()
        self.is_shared: dict[Node, bool] = {}
        for row in warehouse.rows("select identifier_type, identifier_value, profile_id, is_shared from identity.identifiers"):
            node, profile = (str(row["identifier_type"]), str(row["identifier_value"])), str(row["profile_id"])
            self.groups[profile].add(node)
            self.owners[node] += 1
            self.is_shared[node] = bool(row["is_shared"])
            if node[0] in RECORDS:
                self.profile[node] = profile
        self.founders = {str(row["profile_id"]): row for row in warehouse.rows("from identity.founders")}
        self.current = {str(row["profile_id"]): str(row["current_profile_id"]) for row in warehouse.rows("from identity.profile_ids")}
        self.links = warehouse.rows("from identity.refused_links")

    def one(self, key: str) -> str:
        """The person behind an account."""
        return self.profile["shop_customer_id", key]


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


def test_the_people_are_those_of_a_plain_reading(days: list[Day]) -> None:
    for day in days:
        found = {frozenset(group) for group in day.groups.values()}
        assert found - day.expected == set() == day.expected - found
    sizes = Counter(len(group) for group in days[0].expected)
    assert max(sizes) > 64 * 3 and sizes[1] > 20, "long chains and people without any address are among the graphs"


def test_refused_links_are_listed_with_their_reason(days: list[Day]) -> None:
    for day in days:
        found = {}
        for row in day.links:
            left, right = ((str(row[f"{side}_type"]), str(row[f"{side}_value"])) for side in ("left", "right"))
            ends = sorted((left, right)) if right[0] in RECORDS else (left, right)
            found[*ends, row["via_type"]] = row["reason"]
        assert found == day.refused
    reasons = Counter(days[0].refused.values())
    expected = ("names_differ", "birth_dates_differ", "ambiguous", "email_shared_by_many", "phone_shared_by_many", "device_shared")
    assert all(reasons[reason] >= 5 for reason in expected), reasons


def test_an_address_of_many_is_nobodys_and_a_familys_is_each_ones(days: list[Day]) -> None:
    for day in days:
        assert {kind for kind, _ in day.crowded} == {"email", "phone"}
        assert not day.crowded & set(day.owners)
        assert {node for node, count in day.owners.items() if count > 1} == {node for node, shared in day.is_shared.items() if shared}
        assert {kind for (kind, _), shared in day.is_shared.items() if shared} == {"email", "phone"}


def test_the_record_that_lasts_longest_founds_the_profile(days: list[Day]) -> None:
    for profile, group in days[0].groups.items():
        best = next(kind for kind in RECORDS if kind in {node[0] for node in group})
        assert days[0].founders[profile]["founder_type"] == best


def test_everyone_keeps_the_id_and_of_two_that_become_one_the_elder_stays(days: list[Day]) -> None:
    for before, after in pairwise(days):
        assert before.founders.items() <= after.founders.items(), "an id once given is never taken back"
    for day in days:
        for group in day.expected:
            ids = {founding_id(node) for node in group} & set(day.founders)
            elder = min(ids, key=lambda profile: (day.founders[profile]["generation"], profile))
            assert {day.profile[node] for node in group if node in day.profile} == {elder}
            assert {day.current[profile] for profile in ids} == {elder}
        assert set(day.current) == set(day.founders)
        gone = set(day.founders) - {founding_id(node) for group in day.expected for node in group}
        assert {day.current[profile] for profile in gone} == gone, "whose record is nobody's by now stands alone"


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
    untouched = {node for group in first.expected & third.expected for node in group if node in first.profile}
    assert len(untouched) > 1000
    assert {node: third.profile[node] for node in untouched} == {node: first.profile[node] for node in untouched}


def test_a_full_refresh_changes_no_id(days: list[Day]) -> None:
    assert days[3].profile == days[2].profile
    assert days[3].current == days[2].current
    assert days[3].founders == days[2].founders


def founding_id(node: Node) -> str:
    """The id of the profile that this identifier would found."""
    return "p_" + md5(":".join(node))[:20]
