"""The decision-maker as the policy is told, row by row and slowly: what models/decisions must agree with. One file, read downwards."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from decisions_draws import Arm, campaign_pct, own_number
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
    arm: Arm | None = None
    is_of_channels: bool = False
    is_too_much: bool = False
    is_control: bool = False

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


def drawn(request: Request, world: World) -> tuple[Arm | None, bool]:
    """The arm that the person is in, and whether channels are tried; whoever cannot be reached by all of them is in none."""
    tried = world.experiments.get(request.campaign)
    if tried is None or not request.occurred_at:
        return None, False
    if not all(may_use(request.person, channel, request.purpose) for channel in tried.needed(request.channel)):
        return None, False
    is_of_channels = tried.varies == "channel" and any(arm.channel and arm.share > 0 for arm in tried.arms)
    return tried.arm_of(request.person, world.log), is_of_channels


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
    arm, is_of_channels = drawn(request, world)
    if not tries:
        by = (arm.channel, "tried on the person") if arm and arm.channel else chosen_channel(request)
        return Verdict(request, request.name(), request.occasion, *by, arm=arm, is_of_channels=is_of_channels)
    channels = {delivery.channel for delivery in tries}
    came_back = all(delivery.status == "rejected" or delivery.has_bounced for delivery in tries)
    if request.channel != "best" or has_second or not came_back or len(channels) > 1:
        return None
    other = "sms" if channels == {"email"} else "email"
    second = request.second_occasion
    return Verdict(request, request.name(occasion=second), second, other, "the first one bounced", None, arm, is_of_channels)


def objection_of_the_world(verdict: Verdict, world: World, policy: Policy) -> str | None:
    """Whether it may be said at all, and whether its reason still holds."""
    request, person = verdict.request, verdict.person
    if verdict.channel in person.suppressed:
        return "suppressed"
    if not has_consent(person, verdict.channel, request.purpose):
        return "no_consent"
    if verdict.address is None:
        return "unreachable"
    if verdict.is_limited and request.campaign in world.overdue:
        return "review_overdue"
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
    for name in ("all", *(CHANNELS if verdict.is_of_channels else (verdict.channel,))):
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
    tried = verdict.arm.send_hour if verdict.arm else None
    usual = (
        None if verdict.person.send_hour is None else min(max(verdict.person.send_hour, send_time["from_hour"]), send_time["until_hour"])
    )
    best = usual if tried is None else tried
    if verdict.request.is_urgent or best is None or now >= verdict.request.occurred_at + timedelta(hours=send_time["wait_hours"]):
        return None
    return None if hour == best else "send_time"


def is_control(verdict: Verdict, world: World, policy: Policy) -> bool:
    """The control groups of the whole programme and of the campaign."""
    is_in = verdict.person.bucket < policy["holdout_global_pct"]
    is_in = is_in or own_number(verdict) < campaign_pct(verdict.request.campaign, world, policy)
    return verdict.request.purpose == "marketing" and is_in


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
        verdict.is_too_much = verdict.is_message and asked[campaign] > world.rooms.get(campaign, asked[campaign])
        verdict.is_control = is_control(verdict, world, policy)
        wait = delay(verdict, policy, now) or ("awaiting_approval" if verdict.is_too_much else None)
        verdict.reason = verdict.reason or wait or ("holdout" if verdict.is_control else None)
    return {verdict.message_id: verdict for verdict in found}
