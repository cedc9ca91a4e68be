"""Random worlds for the decisions: full of the policy's borders to the second, shared addresses, merged people and half-hour zones.

One file, a little long: what one draw says the next may contradict.
"""

import hashlib
from datetime import datetime, timedelta
from random import Random

from decisions_draws import Arm, Experiment
from decisions_reads import names_a_product
from decisions_world import CHANNELS, PURPOSES, Delivery, Person, Policy, Request, World

ZONES = (
    *("UTC", "Europe/Berlin", "Europe/London", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "America/New_York", "America/St_Johns"),
    *("America/Sao_Paulo", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Chatham"),
)
STATUSES = ("accepted", "accepted", "accepted", "accepted", "rejected", "unknown", "sending", "pending")
VOIDS = ("order", "return", "ticket")
PRODUCTS: dict[str, int | None] = {"sold_out": 0, "oversold": -1, "last_one": 1, "many": 90, "uncounted": None}


class Drawn:
    """Draws all parts of a world as of an instant. calm: the share of people whom nothing but the caps stands against."""

    def __init__(self, random: Random, policy: Policy, now: datetime, calm: float = 0.3) -> None:
        self.random, self.policy, self.now, self.calm = random, policy, now, calm
        self.triggers, self.audiences = list(policy.scenarios), list(policy["audiences"])

    def world(self, people: int) -> World:
        """So many people with a bit more than twice as many requests."""
        r = self.random
        persons = [self.person(number) for number in range(people)]
        world = World(persons, [request for person in persons for request in self.requests(person)], stock=dict(PRODUCTS))
        world.doubted = {"purchase_30d"} if r.random() < 0.7 else set()
        world.rooms = {campaign: r.choice([0, 1, 1_000_000]) for campaign in self.triggers if r.random() < 0.2}
        self.try_on(world)
        for person in persons:
            for number in range(r.choice([0, 0, 0, 0, 0, 1, 1, 2, 5])):
                campaign = r.choice([*self.triggers, "spring_sale"])
                old = hashlib.md5(f"old {person.profile_id} {number}".encode()).hexdigest()
                world.deliver([self.delivery(old, r.choice(person.ids), campaign, r.choice(CHANNELS))])
        for request in world.requests:
            if request.occurred_at and r.random() < 0.12:
                self.try_once(world, request)
        return world

    def try_on(self, world: World) -> None:
        """Experiments on some campaigns, control groups of another size, and campaigns that nobody looks after."""
        r = self.random
        for campaign in self.triggers:
            if r.random() < 0.6:
                world.experiments[campaign] = self.experiment(campaign)
        world.holdouts = {name: r.choice([0, 0.5, 12.5, 40]) for name in [*self.triggers, *self.audiences] if r.random() < 0.3}
        world.overdue = {name for name in [*self.triggers, *self.audiences] if r.random() < 0.1}

    def experiment(self, campaign: str) -> Experiment:
        r = self.random
        varies, shares = (
            r.choice(["content", "channel", "send_time"]),
            r.choice([(0.5, 0.5), (0.1, 0.9), (0.25, 0.0, 0.75), (0.2, 0.3, 0.5)]),
        )
        arms = [Arm("usual", shares[0])]
        for place, share in enumerate(shares[1:]):
            told = {"content": {"content": "other"}, "channel": {"channel": CHANNELS[place]}, "send_time": {"send_hour": r.randrange(24)}}
            arms.append(Arm(f"other{place}", share, **told[varies]))
        return Experiment(campaign, varies, arms, r.choice(["test", "watch"]))

    def try_once(self, world: World, request: Request) -> None:
        """Its message went out under one of the person's ids, or two; at times also by the other channel."""
        r = self.random
        for key in r.sample(request.person.ids, min(len(request.person.ids), r.choice([1, 1, 1, 2]))):
            for occasion in (request.occasion, request.second_occasion)[: r.choice([1, 1, 1, 2])]:
                channel = r.choice(CHANNELS) if request.channel == "best" else request.channel
                world.deliver([self.delivery(request.name(key, occasion), key, request.campaign, channel, bounces=0.5)])

    def person(self, number: int) -> Person:
        r = self.random
        is_calm = r.random() < self.calm
        shares = r.random() < 0.15  # an address with one or two others
        return Person(
            profile_id=f"p_{number}",
            email=None if r.random() < 0.1 else f"e{number // 3 if shares else number}{'s' if shares else ''}@example.com",
            phone=None if r.random() < 0.3 else f"+49{number // 4 if shares else number}{'0' if shares else '1'}",
            zone=r.choice(ZONES),
            stated=r.choice([None, None, "email", "sms", "phone"]),
            bucket=50 if is_calm else r.choice([r.randrange(10_000) / 100, r.randrange(3, 8), 0.5, 12.5]),
            send_hour=r.choice([None, None, r.randrange(24), (self.now.hour + r.randrange(-3, 9)) % 24]),
            tired=r.choice([1.0, 1.0, 1.0, 1.5, 2.0]),
            suppressed=set() if is_calm else {channel for channel in CHANNELS if r.random() < 0.08},
            consents={
                (channel, purpose): is_calm or r.random() < 0.85
                for channel in CHANNELS
                for purpose in PURPOSES
                if is_calm or r.random() < 0.85
            },
            clicks={channel: (r.choice([0, 1, 1, 2, 3]), r.choice([0, 3, 6])) for channel in CHANNELS if r.random() < 0.5},
            orders=[] if is_calm else [self.order() for _ in range(r.choice([0, 0, 1, 3]))],
            complains=not is_calm and r.random() < 0.05,
            tickets=0 if is_calm else r.choice([0, 0, 0, 1]),
            olds=[f"p_{number}_old{old}" for old in range(r.choice([0, 0, 0, 1, 2]))],
        )

    def order(self) -> tuple[datetime, bool, datetime | None]:
        at = self.random.choice([self.past(), self.now - timedelta(days=40)])
        return at, self.random.random() < 0.8, self.past() if self.random.random() < 0.2 else None

    def past(self) -> datetime:
        """Not after now, often on a border of the policy to the second."""
        r = self.random
        cooldown, scenario, wait = self.policy["cooldown_hours"], self.policy["scenario_hours"], self.policy["send_time"]["wait_hours"]
        hours = [0, 1, 24, 168, cooldown, cooldown * 1.5, scenario, wait]
        back = r.choice([*(timedelta(hours=number) for number in hours), timedelta(seconds=r.randrange(3 * 86400))])
        return min(self.now, self.now - back + timedelta(seconds=r.choice([-1, 0, 0, 1])))

    def requests(self, person: Person) -> list[Request]:
        r, made = self.random, []
        for number in range(r.choice([0, 1, 1, 2, 2, 3, 4])):
            at, campaign = self.past(), r.choice(self.triggers)
            made.append(
                Request(
                    campaign=campaign,
                    person=person,
                    channel=r.choice(["best", "best", *CHANNELS]),
                    purpose=r.choice(["marketing"] * 6 + ["transactional"]),
                    voided_by=frozenset(what for what in VOIDS if r.random() < 0.4),
                    is_urgent=r.random() < 0.4,
                    occurred_at=at,
                    occasion=f"{at} {number}",
                    product_id=r.choice([None, "unheard_of", *PRODUCTS]) if names_a_product(campaign) else None,
                )
            )
        made += [Request(campaign, person, "email") for campaign in self.audiences if r.random() < 0.4 / len(self.audiences)]
        return made

    def delivery(self, message_id: str, profile_id: str, campaign: str, channel: str, bounces: float = 0.1) -> Delivery:
        r = self.random
        claimed = r.choice([self.past(), self.now - timedelta(days=r.randrange(9), hours=1), self.now + timedelta(hours=1)])
        finished = r.choice([None, claimed, claimed + timedelta(seconds=2)])
        return Delivery(message_id, profile_id, campaign, channel, r.choice(STATUSES), claimed, finished, r.random() < bounces)


def policy_of(random: Random) -> Policy:
    """A policy that is allowed, if odd: some triggers in another order, scenarios, caps that are not named, nights that are none."""
    shipped = Policy.of()
    names = random.sample(list(shipped.scenarios), 6)
    names += [name for name in ("win_back", next(filter(names_a_product, shipped.scenarios))) if name not in names]
    letters = [random.choice("abcd") for _ in names]
    order = sorted(set(letters))
    return Policy.of(
        triggers=[{name: scenario} for name, scenario in zip(names, letters, strict=True)],
        audiences=random.sample(list(shipped["audiences"]), 2),
        yields_to={weak: strong for place, weak in enumerate(order) if (strong := [one for one in order[:place] if random.random() < 0.6])},
        scenario_hours=random.choice([24, 72]),
        hold_while_open=random.choice(["complaint", "ticket", "nothing"]),
        cooldown_hours=random.choice([0, 24, 48, 100]),
        caps={
            "all": random.choice([{"day": 1, "week": 2}, {"day": 2, "week": 5}, {"week": 3}]),
            "email": random.choice([{"day": 1, "week": 3}, {"day": 2}, {}]),
            "sms": random.choice([{"day": 1, "week": 1}, {"week": 2}]),
        },
        quiet_from_hour=(night := random.choice([(21, 8), (0, 0), (1, 6), (20, 10), (12, 14)]))[0],
        quiet_until_hour=night[1],
        send_time={"from_hour": random.choice([0, 9]), "until_hour": random.choice([17, 23]), "wait_hours": random.choice([6, 24, 48])},
        holdout_global_pct=random.choice([0, 0.5, 5, 12.5]),
        holdout_campaign_pct=random.choice([0, 5, 12.5, 30]),
    )
