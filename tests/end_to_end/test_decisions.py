"""Who gets a message: thousands of random candidates in hand-made parents, decided by the models and by a plain reader of the policy.

Longer than most files: the hand-made stages, the reference that reads the policy row by row and what must hold of both are one argument.
"""

import copy
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from warehouse_kit import Warehouse, bucket, md5, moment

NOW = moment(2026, 6, 30, 18, 30)
TRIGGERS, AUDIENCES = ("cart_abandoned", "welcome", "win_back"), ("champions", "at_risk_regulars", "newcomers")
WRITTEN = {"cart_abandoned": ("email", "sms", "best"), "welcome": ("email",), "win_back": ("email", "sms", "best")}
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "Asia/Tokyo",
)
PROFILE = (
    "profile_id varchar, first_name varchar, last_name varchar, email varchar, phone varchar, country_code varchar, time_zone varchar, "
    "is_email_suppressed boolean, is_sms_suppressed boolean, preferred_channel varchar, holdout_bucket bigint, orders_count bigint, "
    "has_open_complaint boolean, open_tickets_count bigint, revenue_amount decimal(18,4)"
)
PREDICTION = (
    "profile_id varchar, as_of timestamp, p_purchase_30d double, p_purchase_90d double, churn_probability double, "
    "expected_spend_365d_amount double, next_order_on date, send_hour bigint, persona varchar, because varchar, because_of varchar, "
    "buy_again varchar[], new_for_you varchar[]"
)
DELIVERY = "message_id varchar, profile_id varchar, channel varchar, status varchar, claimed_at timestamp, finished_at timestamp"
REQUEST = "profile_id varchar, campaign varchar, channel varchar, message varchar, purpose varchar, is_void_after_order boolean"


@dataclass
class Person:
    """All that decides about one person. olds: ids that were merged into this one."""

    profile_id: str
    email: str | None
    phone: str | None
    zone: str
    preferred: str | None
    bucket: int
    suppressed: dict[str, bool]
    consents: dict[tuple[str, str], bool]
    orders: list[tuple[datetime, bool, datetime | None]]
    complains: bool = False
    olds: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [self.profile_id, *self.olds]


@dataclass
class Request:
    """One row of a trigger or an audience (which has no time)."""

    campaign: str
    person: Person
    channel: str
    purpose: str
    is_void: bool
    occurred_at: datetime | None = None
    occasion: str = "member"

    def name(self, profile_id: str | None = None) -> str:
        """The name of its message, for ever."""
        return md5(f"{self.campaign}|{profile_id or self.person.profile_id}|{self.occasion}")


Sent = tuple[str, str, str, str, datetime | None, datetime | None]


class Stages:
    """Random people, requests and deliveries, in a fixed order of seeds."""

    def __init__(self, people: int = 1500) -> None:
        self.random = random.Random(23)
        self.people = [self._person(number) for number in range(people)]
        self.requests = [request for person in self.people for request in self._requests(person)]
        self.sent: dict[str, Sent] = {}
        for person in self.people:
            for number in range(self.random.choice([0, 0, 0, 1, 1, 2, 5])):
                self._deliver(md5(f"old {person.profile_id} {number}"), self.random.choice(person.ids))
        for request in self.random.sample(self.requests, 300):
            self._deliver(request.name(key := self.random.choice(request.person.ids)), key)

    def _person(self, number: int) -> Person:
        r = self.random
        shared = r.random() < 0.15  # two or three people behind one address
        return Person(
            profile_id=f"p_{number}",
            email=None if r.random() < 0.1 else f"e{number // 3 if shared else number}{'s' if shared else ''}@example.com",
            phone=None if r.random() < 0.3 else f"+49{number // 4 if shared else number}{'0' if shared else '1'}",
            zone=r.choice(ZONES),
            preferred=r.choice([None, "email", "sms"]),
            bucket=r.choice([r.randrange(100), r.randrange(4, 7)]),
            suppressed={channel: r.random() < 0.08 for channel in ("email", "sms")},
            consents={place: r.random() < 0.85 for place in PLACES if r.random() < 0.85},
            orders=[self._order() for _ in range(r.choice([0, 0, 1, 3]))],
            complains=r.random() < 0.05,
            olds=[f"p_{number}_old{old}" for old in range(r.choice([0, 0, 0, 1, 2]))],
        )

    def _order(self) -> tuple[datetime, bool, datetime | None]:
        at = self.random.choice([self._instant(), NOW - timedelta(days=40)])
        return at, self.random.random() < 0.8, self._instant() if self.random.random() < 0.2 else None

    def _instant(self) -> datetime:
        """Within three days, often on a border of the policy to the second."""
        borders = [timedelta(hours=48), timedelta(days=7), timedelta(0), timedelta(hours=1)]
        back = self.random.choice([*borders, timedelta(seconds=self.random.randrange(3 * 86400))])
        return NOW - back + timedelta(seconds=self.random.choice([-1, 0, 0, 1]) if back else 0)

    def _requests(self, person: Person) -> list[Request]:
        r, made = self.random, []
        for campaign in TRIGGERS:
            for number in range(r.choice([0, 0, 1, 1, 2])):
                channel, purpose = r.choice(WRITTEN[campaign]), r.choice(["marketing"] * 5 + ["transactional"])
                at = min(self._instant(), NOW)
                made.append(Request(campaign, person, channel, purpose, r.random() < 0.5, at, f"{at} {number}"))
        made += [Request(campaign, person, "email", "marketing", False) for campaign in AUDIENCES if r.random() < 0.2]
        return made

    def _deliver(self, message_id: str, profile_id: str) -> None:
        r = self.random
        claimed = r.choice([self._instant(), NOW - timedelta(days=r.randrange(9), hours=1), NOW + timedelta(hours=1)])
        finished = r.choice([None, claimed + timedelta(seconds=2)])
        status = r.choice(["accepted", "accepted", "accepted", "rejected", "unknown", "sending", "pending"])
        self.sent[message_id] = (message_id, profile_id, r.choice(["email", "sms"]), status, claimed, finished)

    def put(self, warehouse: Warehouse) -> None:
        """Makes the parents of the decisions by hand."""
        ids = [(key, person.profile_id) for person in self.people for key in person.ids]
        rows = [
            (p.profile_id, "Ann", None, p.email, p.phone, "DE", p.zone, *p.suppressed.values(), p.preferred, p.bucket, 1, p.complains, 1, 9)
            for p in self.people
        ]
        consents = [(p.profile_id, *place, granted) for p in self.people for place, granted in p.consents.items()]
        orders = [(p.profile_id, *parts) for p in self.people for parts in p.orders]
        warehouse.put("identity.profile_ids", "profile_id varchar, current_profile_id varchar", ids)
        warehouse.put("profiles.profiles", PROFILE, rows)
        warehouse.put("profiles.consents", "profile_id varchar, channel varchar, purpose varchar, is_granted boolean", consents)
        warehouse.put("profiles.profile_orders", "profile_id varchar, ordered_at timestamp, is_paid boolean, refunded_at timestamp", orders)
        warehouse.put("staging.stg_feedback__deliveries", DELIVERY, self.sent.values())
        warehouse.put("marts.rfm", "profile_id varchar, segment varchar", [(self.people[0].profile_id, "champions")])
        warehouse.put("scores.predictions", PREDICTION, [])
        warehouse.put("scores.drift", "model varchar, is_alarmed boolean", [("purchase_30d", True), ("churn", False)])
        for schema, campaigns in (("triggers", TRIGGERS), ("audiences", AUDIENCES)):
            for campaign in campaigns:
                own = [request for request in self.requests if request.campaign == campaign]
                routed = [
                    (r.person.profile_id, campaign, r.channel, campaign if r.occurred_at else None, r.purpose, r.is_void) for r in own
                ]
                if schema == "audiences":
                    warehouse.put(f"audiences.{campaign}", REQUEST, routed)
                else:
                    timed = [(*row, r.occurred_at, r.occasion) for row, r in zip(routed, own, strict=True)]
                    warehouse.put(f"triggers.{campaign}", f"{REQUEST}, occurred_at timestamp, occasion varchar", timed)


PLACES = [(channel, purpose) for channel in ("email", "sms") for purpose in ("marketing", "transactional")]


@dataclass
class Candidate:
    """A request as the policy sees it, and the verdict."""

    request: Request
    channel: str
    address: str | None
    reason: str | None = None


def decide(stages: Stages, now: datetime) -> dict[str, Candidate]:
    """The policy, read row by row: the candidates by message_id, each with the reason that holds it back, or None."""
    behind: dict[object, list[Person]] = defaultdict(list)  # an id, or an address of a channel: who is called so
    for person in stages.people:
        for name in (*person.ids, ("email", person.email), ("sms", person.phone)):
            behind[name].append(person)
    read_by: dict[str, list[Sent]] = defaultdict(list)
    for sent in stages.sent.values():
        (owner,) = behind[sent[1]]
        address = owner.phone if sent[2] == "sms" else owner.email
        for reader in behind[sent[2], address] if address else [owner]:
            read_by[reader.profile_id].append(sent)
    found: dict[str, Candidate] = {}
    for request in stages.requests:
        person = request.person
        if any(request.name(key) in stages.sent and stages.sent[request.name(key)][3] != "pending" for key in person.ids):
            continue
        channel = (person.preferred or "email") if request.channel == "best" else request.channel
        candidate = Candidate(request, channel, person.phone if channel == "sms" else person.email)
        candidate.reason = _objection(candidate, read_by[person.profile_id], now)
        found[request.name()] = candidate
    open_ones = [candidate for candidate in found.values() if candidate.reason is None and _is_limited(candidate)]
    open_ones.sort(
        key=lambda candidate: (TRIGGERS.index(candidate.request.campaign), NOW - candidate.request.occurred_at, candidate.request.name())
    )
    taken: set[object] = set()
    for candidate in open_ones:  # who is behind another goes without, also where that other goes without in the end
        person = candidate.request.person.profile_id
        if {candidate.address, person} & taken:
            candidate.reason = "outranked"
        taken |= {candidate.address, person}
    for candidate in found.values():
        candidate.reason = candidate.reason or _delay(candidate, now) or _control(candidate)
    return found


def _is_limited(candidate: Candidate) -> bool:
    return candidate.request.occurred_at is not None and candidate.request.purpose == "marketing"


def _objection(candidate: Candidate, sent: list[Sent], now: datetime) -> str | None:
    request, person, channel = candidate.request, candidate.request.person, candidate.channel
    if person.suppressed[channel]:
        return "suppressed"
    if not person.consents.get((channel, request.purpose), request.purpose == "transactional"):
        return "no_consent"
    if candidate.address is None:
        return "unreachable"
    since = [at for at, is_paid, _ in person.orders if is_paid] + [back for _, _, back in person.orders if back]
    if request.is_void and request.occurred_at and any(at >= request.occurred_at for at in since):
        return "contradicted"
    if request.purpose == "marketing" and person.complains:
        return "waiting_for_service"
    if request.campaign == "win_back":  # which reads the score that is in doubt
        return "prediction_in_doubt"
    times = [(finished or claimed, by) for _, _, by, status, claimed, finished in sent if status in ("accepted", "unknown", "sending")]
    times = [(at, by) for at, by in times if at and at <= now]
    if _is_limited(candidate) and any(at > now - timedelta(hours=48) for at, _ in times):
        return "cooling_down"
    week = [by for at, by in times if at > now - timedelta(days=7)]
    if _is_limited(candidate) and (len(week) >= 3 or (channel == "sms" and week.count("sms") >= 1)):
        return "over_cap"
    return None


def _delay(candidate: Candidate, now: datetime) -> str | None:
    local = now.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(candidate.request.person.zone))
    return "quiet_hours" if _is_limited(candidate) and not 8 <= local.hour < 21 else None


def _control(candidate: Candidate) -> str | None:
    request = candidate.request
    own = min(bucket(f"{request.campaign}:{key}") for key in request.person.ids)
    return "holdout" if request.purpose == "marketing" and (request.person.bucket < 5 or own < 5) else None


@dataclass
class Run:
    """One run's decisions beside the reference's."""

    expected: dict[str, Candidate]
    decisions: list[dict[str, Any]]
    outbox: list[dict[str, Any]]
    memberships: list[dict[str, Any]]
    history: dict[str, str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """A run, and one three days later: all of the first outbox was sent, and then many people turned out to be one with an elder."""
    warehouse, stages, done = Warehouse(tmp_path_factory.mktemp("decisions")), Stages(), []
    for now in (NOW, NOW + timedelta(days=3)):
        stages.put(warehouse)
        warehouse.build(now, "regulars.decisions", "messages")
        tables = [warehouse.rows(f"from decisions.{name}") for name in ("decisions", "outbox", "memberships")]
        history = {row["message_id"]: row["outcome"] for row in warehouse.rows("from decisions.decision_history order by decided_at")}
        done.append(Run(decide(stages, now), *tables, history))
        for row in tables[1]:
            stages.sent[row["message_id"]] = (row["message_id"], row["profile_id"], row["channel"], "accepted", now, now)
        stages = copy.deepcopy(stages)
        for person in stages.people[::2]:
            person.olds.append(person.profile_id)
            person.profile_id = f"elder_{person.profile_id}"
    return done


def test_every_candidate_has_the_outcome_of_the_policy(runs: list[Run]) -> None:
    for run in runs:
        found = {row["message_id"]: (row["reason"], row["channel"], row["address"]) for row in run.decisions}
        assert len(found) == len(run.decisions)
        assert found == {key: (candidate.reason, candidate.channel, candidate.address) for key, candidate in run.expected.items()}
    counts = Counter(candidate.reason for candidate in runs[0].expected.values())
    assert len(counts) == 12 and min(counts.values()) >= 20 and sum(counts.values()) > 2000, counts


def test_what_may_go_is_in_the_outbox_or_among_the_members_and_nothing_else(runs: list[Run]) -> None:
    for run in runs:
        going = {key: candidate.request for key, candidate in run.expected.items() if candidate.reason is None}
        assert sorted(row["message_id"] for row in run.outbox) == sorted(key for key, request in going.items() if request.occurred_at)
        members = sorted((request.campaign, request.person.profile_id) for request in going.values() if not request.occurred_at)
        assert members == sorted((row["audience"], row["profile_id"]) for row in run.memberships)


def test_no_one_and_no_address_gets_two_marketing_messages_in_one_run(runs: list[Run]) -> None:
    for run in runs:
        marketing = [row for row in run.outbox if row["purpose"] == "marketing"]
        assert len(marketing) > 30
        for column in ("message_id", "profile_id", "address"):
            assert max(Counter(row[column] for row in marketing).values()) == 1


def test_nothing_goes_to_whom_it_must_not(runs: list[Run]) -> None:
    for place, run in enumerate(runs):
        now = NOW + timedelta(days=3 * place)
        for row in run.outbox:
            person, channel = run.expected[row["message_id"]].request.person, row["channel"]
            assert row["address"] and not person.suppressed[channel]
            assert row["body"] and "{first_name}" not in row["body"]
            assert person.consents.get((channel, row["purpose"]), row["purpose"] == "transactional")
            if row["purpose"] == "marketing":
                local = now.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(person.zone))
                assert 8 <= local.hour < 21
                assert person.bucket >= 5
                assert bucket(f"{row['campaign']}:{row['profile_id']}") >= 5


def test_what_was_sent_is_not_sent_again_whatever_the_run_and_whoever_merged(runs: list[Run]) -> None:
    first, second = runs
    occasions = [{(row["campaign"], row["occasion"], row["profile_id"].removeprefix("elder_")) for row in run.outbox} for run in runs]
    assert occasions[0] and occasions[1] and not occasions[0] & occasions[1]
    assert any(row["profile_id"].startswith("elder_") for row in second.outbox)
    names = [{(row["campaign"], row["profile_id"], row["occasion"]): row["message_id"] for row in run.decisions} for run in runs]
    again = names[0].keys() & names[1].keys()
    assert len(again) > 500 and all(names[0][key] == names[1][key] for key in again)
    assert not {row["message_id"] for row in first.outbox} & {row["message_id"] for row in second.decisions}


def test_the_history_ends_with_the_last_outcome(runs: list[Run]) -> None:
    for run in runs:
        last = {row["message_id"]: row["reason"] or "allowed" for row in run.decisions}
        assert last.items() <= run.history.items()
