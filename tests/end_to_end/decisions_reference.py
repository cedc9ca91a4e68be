"""The decision-maker as the policy is told, row by row and slowly: what models/decisions must agree with. One file, read downwards."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from decisions_reads import scores_read_by
from decisions_world import CHANNELS, Delivery, Person, Policy, Request, World


@dataclass
class Verdict:
    """What became of a candidate. reason: the rule that holds it back, None where it goes."""

    request: Request
    message_id: str
    occasion: str
    channel: str
    channel_because: str
    reason: str | None = None

    @property
    def person(self) -> Person:
        return self.request.person

    @property
    def address(self) -> str | None:
        return self.person.address(self.channel)

    @property
    def is_message(self) -> bool:
        return self.request.occurred_at is not None

    @property
    def is_limited(self) -> bool:
        """Marketing messages alone are counted, compete and wait."""
        return self.is_message and self.request.purpose == "marketing"


def percent(text: str) -> float:
    """The stable number from 0 to below 100 that control groups and variants are drawn by: a whole one, and what is left of the hash."""
    digits = int(hashlib.md5(text.encode()).hexdigest()[:8], 16)
    return digits % 100 + digits // 100 / 42949673


def has_consent(person: Person, channel: str, purpose: str) -> bool:
    """Silence is a no for marketing, and a yes for what belongs to a purchase."""
    return person.consents.get((channel, purpose), purpose == "transactional")


def may_use(person: Person, channel: str, purpose: str) -> bool:
    return person.address(channel) is not None and channel not in person.suppressed and has_consent(person, channel, purpose)


def local_hour(now: datetime, zone: str) -> int:
    return now.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).hour


def is_quiet(hour: int, policy: Policy) -> bool:
    start, end = policy["quiet_from_hour"], policy["quiet_until_hour"]
    return start <= hour < end if start <= end else hour >= start or hour < end


def chosen_channel(request: Request) -> tuple[str, str]:
    """What the person prefers, else the one that may be used, else what worked best, else by urgency; and why."""
    person = request.person
    if request.channel != "best":
        return request.channel, "asked for by the campaign"
    usable = [channel for channel in CHANNELS if may_use(person, channel, request.purpose)]
    if person.stated in usable:
        return person.stated, "preferred by the person"
    if not usable:
        return "sms" if person.stated == "sms" else "email", "none may be used"
    if len(usable) == 1:
        return usable[0], "the only one that may be used"
    shares = {channel: clicked / sent if sent else 0 for channel, (clicked, sent) in person.clicks.items()}
    email, sms = (shares.get(channel, 0) for channel in CHANNELS)
    if email != sms:
        return "email" if email > sms else "sms", "clicked most"
    return ("sms", "urgent") if request.is_urgent else ("email", "not urgent")


def candidate(request: Request, world: World) -> Verdict | None:
    """What is asked for now: the message itself; its second by the other channel, where the first came back; or nothing any more."""
    tries: list[Delivery] = []
    has_second = False
    for key in request.person.ids if request.occurred_at else ():
        for occasion in (request.occasion, request.second_occasion):
            delivery = world.deliveries.get(request.name(key, occasion))
            if delivery and delivery.status != "pending" and (occasion == request.occasion or request.channel == "best"):
                tries.append(delivery)
                has_second |= occasion == request.second_occasion
    if not tries:
        return Verdict(request, request.name(), request.occasion, *chosen_channel(request))
    channels = {delivery.channel for delivery in tries}
    came_back = all(delivery.status == "rejected" or delivery.has_bounced for delivery in tries)
    if request.channel != "best" or has_second or not came_back or len(channels) > 1:
        return None
    other = "sms" if channels == {"email"} else "email"
    return Verdict(request, request.name(occasion=request.second_occasion), request.second_occasion, other, "the first one bounced")


def objection_of_the_world(verdict: Verdict, world: World, policy: Policy) -> str | None:
    """Whether it may be said at all, and whether its reason still holds."""
    request, person = verdict.request, verdict.person
    if verdict.channel in person.suppressed:
        return "suppressed"
    if not has_consent(person, verdict.channel, request.purpose):
        return "no_consent"
    if verdict.address is None:
        return "unreachable"
    since = request.occurred_at
    if "order" in request.voided_by and since and any(is_paid and at >= since for at, is_paid, _ in person.orders):
        return "ordered_since"
    if "return" in request.voided_by and since and any(back is not None and back >= since for _, _, back in person.orders):
        return "returned_since"
    stock = world.stock.get(request.product_id or "")
    if verdict.is_limited and stock is not None and stock <= 0:
        return "out_of_stock"
    waits = {"complaint": person.complains, "ticket": person.tickets > 0, "nothing": False}[policy["hold_while_open"]]
    if (request.purpose == "marketing" and waits) or ("ticket" in request.voided_by and person.tickets > 0):
        return "waiting_for_service"
    return None


def objection_of_the_past(
    verdict: Verdict, read: list[Delivery], at_work: set[str], policy: Policy, now: datetime, world: World
) -> str | None:
    """Whether the person is in something stronger, and whether it is too soon or too much. read: what reached them or their addresses."""
    if not verdict.is_message:
        return None
    scenario_of = policy.scenarios
    scenario = scenario_of[verdict.request.campaign]
    past = [(delivery, at) for delivery in read if (at := delivery.sent_at) and at <= now]

    def within(hours: float, fits: Callable[[Delivery], bool] = lambda _: True) -> int:
        return sum(at > now - timedelta(hours=hours) and fits(delivery) for delivery, at in past)

    def is_of(scenarios: set[str]) -> Callable[[Delivery], bool]:
        return lambda delivery: scenario_of.get(delivery.campaign, delivery.campaign) in scenarios

    stronger = set(policy["yields_to"].get(scenario, []))
    if verdict.is_limited and (stronger & at_work or within(policy["scenario_hours"], is_of(stronger))):
        return "in_stronger_scenario"
    if scores_read_by(verdict.request.campaign) & world.doubted:
        return "prediction_in_doubt"
    if verdict.is_limited and within(policy["cooldown_hours"] * verdict.person.tired, is_of({scenario})):
        return "cooling_down"
    for name in ("all", verdict.channel):
        for span, most in (policy["caps"].get(name) or {}).items():
            if verdict.is_limited and within({"day": 24, "week": 168}[span], lambda sent, name=name: name in ("all", sent.channel)) >= most:
                return "over_cap"
    return None


def delay(verdict: Verdict, policy: Policy, now: datetime) -> str | None:
    """Whether it waits for a better hour; nothing but marketing messages does."""
    if not verdict.is_limited:
        return None
    hour, send_time = local_hour(now, verdict.person.zone), policy["send_time"]
    if is_quiet(hour, policy):
        return "quiet_hours"
    if (
        verdict.request.is_urgent
        or verdict.person.send_hour is None
        or now >= verdict.request.occurred_at + timedelta(hours=send_time["wait_hours"])
    ):
        return None
    best = min(max(verdict.person.send_hour, send_time["from_hour"]), send_time["until_hour"])
    return None if hour == best else "send_time"


def control(verdict: Verdict, policy: Policy) -> str | None:
    """The control groups of the whole programme and of the campaign, by the smallest bucket of all ids that the person ever had."""
    if verdict.request.purpose != "marketing":
        return None
    own = min(percent(f"{verdict.request.campaign}:{key}") for key in verdict.person.ids)
    is_in = verdict.person.bucket < policy["holdout_global_pct"] or own < policy["holdout_campaign_pct"]
    return "holdout" if is_in else None


def decide(world: World, policy: Policy, now: datetime) -> dict[str, Verdict]:
    """The verdicts by message_id."""
    read = world.read_by()
    places = {name: place for place, name in enumerate(policy.scenarios)}
    found = [verdict for request in world.requests if (verdict := candidate(request, world))]
    at_work: dict[str, set[str]] = defaultdict(set)
    for verdict in found:
        verdict.reason = objection_of_the_world(verdict, world, policy)
        if verdict.reason is None and verdict.is_message:
            at_work[verdict.person.profile_id].add(policy.scenarios[verdict.request.campaign])
    for verdict in found:
        key = verdict.person.profile_id
        verdict.reason = verdict.reason or objection_of_the_past(verdict, read[key], at_work[key], policy, now, world)
    rivals = [verdict for verdict in found if verdict.reason is None and verdict.is_limited]
    rivals.sort(key=lambda verdict: (places[verdict.request.campaign], now - verdict.request.occurred_at, verdict.message_id))
    taken: set[object] = set()
    for verdict in rivals:  # who is behind another goes without, also where that other goes without in the end
        both = {("person", verdict.person.profile_id), (verdict.channel, verdict.address)}
        verdict.reason = "outranked" if both & taken else None
        taken |= both
    asked = Counter(verdict.request.campaign for verdict in found if verdict.reason is None and verdict.is_message)
    for verdict in found:
        campaign = verdict.request.campaign
        is_too_much = verdict.is_message and asked[campaign] > world.rooms.get(campaign, asked[campaign])
        wait = delay(verdict, policy, now) or ("awaiting_approval" if is_too_much else None)
        verdict.reason = verdict.reason or wait or control(verdict, policy)
    return {verdict.message_id: verdict for verdict in found}
