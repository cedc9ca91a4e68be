"""What must hold of every run, whatever the policy: asked of the decisions themselves, not of how they were made."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from decisions_draws import campaign_pct, percent
from decisions_reference import has_consent, is_quiet, local_hour
from decisions_world import Person, Policy, Request, World

Row = dict[str, Any]
#: The rules in their order, each with the reason that it gives.
RULES = {
    "is_suppressed": "suppressed",
    "has_no_consent": "no_consent",
    "is_unreachable": "unreachable",
    "is_review_overdue": "review_overdue",
    "is_ordered_since": "ordered_since",
    "is_returned_since": "returned_since",
    "is_out_of_stock": "out_of_stock",
    "is_waiting_for_service": "waiting_for_service",
    "is_in_stronger_scenario": "in_stronger_scenario",
    "is_prediction_in_doubt": "prediction_in_doubt",
    "is_cooling_down": "cooling_down",
    "is_over_cap": "over_cap",
    "is_outranked": "outranked",
    "is_in_quiet_hours": "quiet_hours",
    "is_before_send_time": "send_time",
    "is_awaiting_approval": "awaiting_approval",
    "is_in_holdout": "holdout",
}
#: What is decided after the race: who lost it, lost it to one of these or to one that goes.
AFTER_THE_RACE = {None, "quiet_hours", "send_time", "awaiting_approval", "holdout"}


def is_limited(row: Row) -> bool:
    return bool(row["kind"] == "message" and row["purpose"] == "marketing")


def every_candidate_has_one_outcome_and_its_reason(rows: list[Row]) -> None:
    assert not [name for name, count in Counter(row["message_id"] for row in rows).items() if count > 1]
    for row in rows:
        assert all(row[rule] is not None for rule in RULES), row
        assert row["reason"] == next((reason for rule, reason in RULES.items() if row[rule]), None), row


def nothing_goes_to_whom_it_must_not(rows: list[Row], world: World, policy: Policy, now: datetime) -> None:
    people = {person.profile_id: person for person in world.people}
    for row in rows:
        if row["reason"] is not None:
            continue
        person, channel, marketing = people[row["profile_id"]], row["channel"], row["purpose"] == "marketing"
        assert row["address"] and row["address"] == person.address(channel)
        assert channel not in person.suppressed and has_consent(person, channel, row["purpose"])
        if marketing:
            assert person.bucket >= policy["holdout_global_pct"]
            assert all(percent(f"{row['campaign']}:{key}") >= campaign_pct(row["campaign"], world, policy) for key in person.ids)
            assert not person.complains or policy["hold_while_open"] == "nothing"
        if is_limited(row):
            assert not is_quiet(local_hour(now, person.zone), policy)


def nothing_contradicts(rows: list[Row], world: World, policy: Policy) -> None:
    """Neither what has happened since, nor another message of the same run."""
    asked: dict[tuple[str, str], list[Request]] = defaultdict(list)
    for request in world.requests:
        asked[request.campaign, request.person.profile_id].append(request)
    by_person: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["reason"] is None and row["kind"] == "message":
            by_person[row["profile_id"]].append(row)
            (request,) = [
                one
                for one in asked[row["campaign"], row["profile_id"]]
                if row["message_id"] in (one.name(), one.name(occasion=one.second_occasion))
            ]
            _is_still_true(row, request, request.person, world)
    for going in by_person.values():
        for row in going:
            stronger = policy["yields_to"].get(policy.scenarios[row["campaign"]], [])
            assert not is_limited(row) or not [other for other in going if policy.scenarios[other["campaign"]] in stronger]


def _is_still_true(row: Row, request: Request, person: Person, world: World) -> None:
    assert request.occurred_at
    orders, since = person.orders, request.occurred_at
    assert "order" not in request.voided_by or not [at for at, is_paid, _ in orders if is_paid and at >= since], row
    assert "return" not in request.voided_by or not [back for _, _, back in orders if back and back >= since], row
    assert "ticket" not in request.voided_by or not person.tickets, row
    assert not is_limited(row) or request.product_id is None or (world.stock.get(request.product_id) or 1) > 0, row


def the_first_in_priority_goes(rows: list[Row]) -> None:
    """At most one marketing message to a person and to an address; whoever goes without has one before them there."""
    rivals: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        if is_limited(row) and row["reason"] in AFTER_THE_RACE | {"outranked"}:
            for place in (("person", row["profile_id"]), (row["channel"], row["address"])):
                rivals[place].append(row)
    first = {place: min(found, key=_place) for place, found in rivals.items()}
    for place, found in rivals.items():
        assert sum(row["reason"] is None for row in found) <= 1
        for row in found:
            assert row["reason"] == "outranked" or row is first[place], "somebody goes before their turn"
            others = (first["person", row["profile_id"]], first[row["channel"], row["address"]])
            assert row["reason"] != "outranked" or any(other is not row for other in others), "outranked by nobody"


def _place(row: Row) -> tuple[Any, ...]:
    return row["priority"], -row["occurred_at"].timestamp(), row["message_id"]


def nothing_goes_twice(rows: list[Row], world: World) -> None:
    """What was handed over under any of a person's ids is no candidate; of the second channel only where the first came back."""
    done = {name for name, delivery in world.deliveries.items() if delivery.status != "pending"}
    asked = {(r.campaign, r.person.profile_id, occasion): r for r in world.requests for occasion in (r.occasion, r.second_occasion)}
    for row in rows:
        if row["kind"] == "message":
            request = asked[row["campaign"], row["profile_id"], row["occasion"]]
            assert not {request.name(key, row["occasion"]) for key in request.person.ids} & done
            if row["occasion"] == request.second_occasion:
                firsts = [world.deliveries[name] for key in request.person.ids if (name := request.name(key)) in done]
                assert firsts and request.channel == "best"
                assert all((first.has_bounced or first.status == "rejected") and first.channel != row["channel"] for first in firsts)


def check(rows: list[Row], world: World, policy: Policy, now: datetime) -> None:
    """All of them."""
    every_candidate_has_one_outcome_and_its_reason(rows)
    nothing_goes_to_whom_it_must_not(rows, world, policy, now)
    nothing_contradicts(rows, world, policy)
    the_first_in_priority_goes(rows)
    nothing_goes_twice(rows, world)
