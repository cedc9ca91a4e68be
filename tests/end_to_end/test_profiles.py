"""What a person's row says: consent, suppression, reach and money, against plain Python over the same rows.

Longer than most files: the random rows and the reference that reads them plainly belong together.
"""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from warehouse_kit import Warehouse, md5, moment, order

from orchestration.sources import crm, engagement, ledger, shop

FIRST, NOW = moment(2026, 5, 1, 9), moment(2026, 6, 1, 9)
PEOPLE = 300
CHANNELS, PURPOSES = ("email", "sms"), ("marketing", "transactional")
ZONES = {"DE": "Europe/Berlin", "AE": "Asia/Dubai", None: "UTC"}

STATUSES = ("pending", "paid", "shipped", "delivered", "cancelled")
TABLES = (shop.CUSTOMERS, shop.ORDERS, shop.REFUNDS, crm.CONTACTS, crm.CONSENTS, ledger.DELIVERIES, engagement.ENGAGEMENT)


class People:
    """Rows of the shop, the CRM and the providers, in two landings: each table's list holds (landed at, row)."""

    def __init__(self) -> None:
        self.landed: dict[Any, list[tuple[datetime, dict[str, Any]]]] = {table: [] for table in TABLES}
        self.random = random.Random(11)
        self.account: dict[str, int] = {}
        self.contact: dict[str, int] = {}
        for person in range(PEOPLE):
            self._person(person)
        self._messages()

    def add(self, table: Any, landed_at: datetime, **row: Any) -> None:
        self.landed[table].append((landed_at, row))

    def instant(self, until: datetime = NOW, days: int = 300) -> datetime:
        return until - timedelta(days=self.random.randrange(days), seconds=self.random.randrange(1, 86400))

    def _person(self, person: int) -> None:
        r = self.random
        country = r.choice(list(ZONES))
        has_account = r.random() < 0.8
        named = not has_account or r.random() < 0.9  # something must join the contacts of one person
        address = {"email": f"p{person}@example.com" if named else None, "country_code": country}
        address["phone"] = f"+49151{person:08d}" if r.random() < 0.7 else None
        if has_account:
            key = f"a{person}"
            self.account[key] = person
            self.add(shop.CUSTOMERS, FIRST, customer_id=key, **address, created_at=self.instant(FIRST), updated_at=FIRST)
            for number in range(r.randrange(6)):
                self._order(f"o{person}.{number}", key)
        for number in range(r.randrange(0 if has_account else 1, 4)):
            key = f"c{person}.{number}"
            self.contact[key] = person
            row = {**address, "preferred_channel": r.choice([None, "email", "sms"]), "created_at": self.instant(FIRST)}
            row["shop_customer_id"] = f"a{person}" if has_account else None
            self.add(crm.CONTACTS, FIRST, contact_id=key, **row, updated_at=FIRST + timedelta(seconds=number))
            for statement in range(r.randrange(5)):
                at = r.choice([self.instant(), FIRST - timedelta(days=9), NOW + timedelta(hours=1)])
                said = {
                    "channel": r.choice(CHANNELS),
                    "purpose": r.choice(PURPOSES),
                    "status": r.choice(["granted", "granted", "withdrawn"]),
                }
                landed = FIRST if at <= FIRST else NOW
                self.add(crm.CONSENTS, landed, consent_id=f"{key}.{statement}", contact_id=key, **said, recorded_at=at, updated_at=at)

    def _order(self, key: str, account: str) -> None:
        """One order in up to three versions, the last not always the last to land, with refunds before and after."""
        r = self.random
        at = r.choice([self.instant(FIRST), self.instant(FIRST), self.instant(days=20), NOW + timedelta(hours=2)])
        for version in r.sample(range(3), r.randrange(1, 4)):
            total = Decimal(r.randrange(0, 9000)) / 100
            row = order(key, at, status=r.choice(STATUSES), total_amount=total, updated_at=at + timedelta(hours=version))
            self.add(shop.ORDERS, FIRST if at < FIRST and r.random() < 0.6 else NOW, customer_id=account, **row)
        for number in range(r.choice([0, 0, 1, 2])):
            given = at + timedelta(days=r.randrange(60), hours=1)
            amounts = [Decimal(r.randrange(1, 3000)) / 100 for _ in range(r.choice([1, 1, 2]))]
            for version, amount in enumerate(amounts) if given <= NOW + timedelta(hours=23) else ():
                row = {"refund_id": f"{key}.{number}", "order_id": key, "amount": amount, "refunded_at": given}
                self.add(shop.REFUNDS, FIRST if given < FIRST and not version else NOW, **row, updated_at=given + timedelta(hours=version))

    def _messages(self) -> None:
        """Messages to `owner`; providers answer by message, by their own id, by address, or refuse."""
        r = self.random
        self.owner = {f"m{number}": r.randrange(PEOPLE) for number in range(250)}
        for number, (key, _) in enumerate(self.owner.items()):
            at = self.instant(days=30)
            row = {
                "message_id": key,
                "profile_id": self.profile_id(self.owner[key]),
                "campaign": "welcome",
                "channel": r.choice(CHANNELS),
                "provider_ref": f"ref{number}",
                "updated_at": at,
            }
            row |= {"destination": "klaviyo", "attempts": 1, "claimed_at": at, "status": r.choice(["accepted", "accepted", "rejected"])}
            self.add(
                ledger.DELIVERIES, NOW, **row, error_code=r.choice([None, "opted_out", "invalid"]) if row["status"] == "rejected" else None
            )
            if r.random() < 0.7:
                named = r.choice(["message", "ref", "nothing"])
                answer = {"event_id": f"ref{number}:x" if named == "ref" else f"e{number}", "status": r.choice(engagement.STATUSES)}
                answer |= {"channel": row["channel"], "destination": "klaviyo" if r.random() < 0.9 else "twilio"}
                other = r.randrange(PEOPLE)
                address = r.choice([None, f" P{other}@Example.com", f"+49151{other:08d}"])
                at = r.choice([self.instant(days=20), NOW + timedelta(hours=1)])
                message = key if named == "message" else None
                self.add(engagement.ENGAGEMENT, NOW, **answer, message_id=message, address=address, occurred_at=at)

    def profile_id(self, person: int) -> str:
        """The id that the person's records give: of the account, else of the contact that came first."""
        if f"a{person}" in self.account:
            return "p_" + md5(f"shop_customer_id:a{person}")[:20]
        own = [row for _, row in self.landed[crm.CONTACTS] if self.contact[row["contact_id"]] == person]
        return "p_" + md5(f"crm_id:{min(own, key=lambda row: (row['created_at'], row['contact_id']))['contact_id']}")[:20]

    @property
    def owners(self) -> dict[str, set[tuple[int, str]]]:
        """Who has an address, and for which channel it is one."""
        found: dict[str, set[tuple[int, str]]] = defaultdict(set)
        for person in range(PEOPLE):
            for row in self.records(person):
                found[row["email"]].add((person, "email"))
                found[row["phone"]].add((person, "sms"))
        return found

    def records(self, person: int) -> list[dict[str, Any]]:
        """The account and the contacts of a person."""
        rows = [row for table in (shop.CUSTOMERS, crm.CONTACTS) for _, row in self.landed[table]]
        return [row for row in rows if self.contact.get(row.get("contact_id", ""), self.account.get(row.get("customer_id", ""))) == person]

    def known(self, table: Any, event: str, updated: str = "updated_at") -> list[dict[str, Any]]:
        """The last version of each row that had happened by now, whichever way round they landed."""
        last: dict[str, tuple[Any, dict[str, Any]]] = {}
        for landed_at, row in self.landed[table]:
            key, version = row[table.key[0]], (row[updated], landed_at)
            if row[event] <= NOW and (key not in last or last[key][0] <= version):
                last[key] = (version, row)
        return [row for _, row in last.values()]


def money_of(people: People) -> dict[int, dict[str, Any]]:
    """Each person's paid orders, net of refunds."""
    found: dict[int, dict[str, Any]] = {person: {"paid": [], "net": Decimal(0), "back": Decimal(0)} for person in range(PEOPLE)}
    refunds = people.known(shop.REFUNDS, "refunded_at")
    for row in people.known(shop.ORDERS, "ordered_at"):
        if row["status"] in ("paid", "shipped", "delivered") and row["total_amount"] > 0:
            back = sum((refund["amount"] for refund in refunds if refund["order_id"] == row["order_id"]), Decimal(0))
            totals = found[people.account[row["customer_id"]]]
            totals["paid"].append(row["ordered_at"])
            totals["net"] += row["total_amount"] - back
            totals["back"] += back
    return found


def consents_of(people: People) -> dict[tuple[int, str, str], bool]:
    """Of each contact the last word, of the contacts of one person the most restrictive."""
    words: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for row in people.known(crm.CONSENTS, "recorded_at"):
        place = (row["contact_id"], row["channel"], row["purpose"])
        words[place] = max(words.get(place, ()), (row["recorded_at"], row["status"] == "withdrawn"))
    granted: dict[tuple[int, str, str], bool] = {}
    for (contact, channel, purpose), (_, is_withdrawn) in words.items():
        place_of = (people.contact[contact], channel, purpose)
        granted[place_of] = granted.get(place_of, True) and not is_withdrawn
    return granted


def suppressed_of(people: People) -> set[tuple[int, str]]:
    """Who must not get anything by a channel: by message, by the provider's own id, by address, by a refusal to opted-out people."""
    sent = {row["message_id"]: row for row in people.known(ledger.DELIVERIES, "claimed_at")}
    by_ref = {(row["destination"], row["provider_ref"]): row["message_id"] for row in sent.values()}
    found = {(people.owner[key], row["channel"]) for key, row in sent.items() if row["error_code"] == "opted_out"}
    owners = people.owners
    for row in people.known(engagement.ENGAGEMENT, "occurred_at", "occurred_at"):
        if row["status"] not in ("bounced", "complained", "unsubscribed"):
            continue
        message = row["message_id"] or by_ref.get((row["destination"], row["event_id"].split(":")[0]))
        if message:
            found.add((people.owner[message], row["channel"]))
        address = (row["address"] or "").strip().lower()
        found |= {(person, channel) for person, channel in owners[address] if channel == row["channel"]}
    return found


@pytest.fixture(scope="module")
def people() -> People:
    return People()


@pytest.fixture(scope="module")
def profiles(people: People, tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Any]]:
    """The row of every person, by the person's number."""
    warehouse = Warehouse(tmp_path_factory.mktemp("profiles"))
    for at in (FIRST, NOW):
        for table, rows in people.landed.items():
            warehouse.land(table, [row for landed_at, row in rows if landed_at == at], at)
    warehouse.build(NOW, "+profiles")
    found = {row["profile_id"]: row for row in warehouse.rows("from profiles.profiles")}
    assert len(found) == PEOPLE
    return {person: found[people.profile_id(person)] for person in range(PEOPLE)}


def test_totals_are_net_of_refunds_and_of_what_became_of_the_order(people: People, profiles: dict[int, dict[str, Any]]) -> None:
    for person, totals in money_of(people).items():
        row, paid = profiles[person], totals["paid"]
        assert (row["orders_count"], row["revenue_amount"], row["refunded_amount"]) == (len(paid), totals["net"], totals["back"])
        assert (row["first_order_at"], row["last_order_at"]) == (min(paid, default=None), max(paid, default=None))


def test_the_most_restrictive_consent_holds(people: People, profiles: dict[int, dict[str, Any]]) -> None:
    granted = consents_of(people)
    assert 50 < sum(granted.values()) < len(granted) - 50
    for person, row in profiles.items():
        assert row["has_email_consent"] == granted.get((person, "email", "marketing"), False)
        assert row["has_sms_consent"] == granted.get((person, "sms", "marketing"), False)


def test_who_bounced_complained_or_left_is_suppressed_by_message_and_by_address(
    people: People, profiles: dict[int, dict[str, Any]]
) -> None:
    suppressed = suppressed_of(people)
    assert suppressed == {(person, channel) for person, row in profiles.items() for channel in CHANNELS if row[f"is_{channel}_suppressed"]}
    assert len(suppressed) > 30


def test_reach_and_preferred_channel_follow(people: People, profiles: dict[int, dict[str, Any]]) -> None:
    granted, suppressed = consents_of(people), suppressed_of(people)
    contacts = sorted(people.known(crm.CONTACTS, "created_at"), key=lambda row: row["updated_at"])
    wishes = {people.contact[row["contact_id"]]: row["preferred_channel"] for row in contacts if row["preferred_channel"]}
    records = {person: row for person in range(PEOPLE) for row in people.records(person)}
    for person, row in profiles.items():
        address = {"email": records[person]["email"], "sms": records[person]["phone"]}
        assert (row["email"], row["phone"]) == (address["email"], address["sms"])
        assert row["time_zone"] == ZONES[records[person]["country_code"]]
        reach = [
            name for name in CHANNELS if address[name] and granted.get((person, name, "marketing")) and (person, name) not in suppressed
        ]
        assert [name for name in CHANNELS if row[f"is_{name}_reachable"]] == reach
        wish = wishes.get(person)
        assert row["preferred_channel"] == (wish if wish == "sms" and wish in reach else next(iter(reach), None))
