"""What customers do with messages: the provider hears of it, and some of them come back to the shop."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
import requests
from demo_world import ask, digests, make, one, pass_days, rows
from provider_kit import send_sms

from demo.provider.server import running
from demo.provider.state import ProviderState
from demo.shop.addresses import make_addresses
from demo.shop.answers import is_dead
from demo.shop.clock import TODAY
from demo.shop.people import make_people


def send_email(url: str, address: str, number: int) -> int:
    event = {
        "properties": {"campaign": "win_back", "subject": "We miss you", "body": "Come back"},
        "unique_id": f"m{number}",
        "metric": {"data": {"type": "metric", "attributes": {"name": "win_back"}}},
        "profile": {"data": {"type": "profile", "attributes": {"email": address}}},
    }
    return requests.post(
        f"{url}/api/events",
        json={"data": {"type": "event", "attributes": event}},
        headers={"Authorization": "Klaviyo-API-Key pk_demo", "revision": "2026-04-15", "Accept": "application/vnd.api+json",
                 "Content-Type": "application/vnd.api+json"},
        timeout=10,
    ).status_code  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Path:
    """A world in which many people got a message this morning, just before the next day."""
    folder = make(tmp_path_factory.mktemp("told"), customers=400)
    people = make_people(7, 0, 400)
    addresses = make_addresses(people)
    here = [i for i in range(400) if people.joined[i] <= TODAY]
    # readers of the newsletter have bounced before: some without it, whose addresses nobody has tried
    here += [i for i in range(400, len(people)) if people.joined[i] <= TODAY and is_dead(7, "email", addresses.email[i])]
    with running(folder) as provider:
        assert {send_email(provider.url, addresses.email[i], i) for i in here} == {202}
        for i in here[:150]:
            if addresses.phone[i]:
                assert send_sms(provider.url, addresses.phone[i]).status_code == 201
    return folder


@pytest.fixture(scope="module")
def day_after(told, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("after") / "w"
    shutil.copytree(told, folder)
    pass_days(folder)
    return folder


def statuses(folder: Path) -> Counter:
    state = ProviderState(folder / "provider.db")
    found = Counter((m["channel"], r["status"]) for r in state.read("select * from reactions")
                    for m in state.read("select channel from messages where seq = ?", (r["message_seq"],)))  # fmt: skip
    state.close()
    return found


def test_people_open_click_leave_and_some_mail_bounces(day_after):
    found = statuses(day_after)
    assert found[("email", "delivered")] > 300 > found[("email", "opened")] > found[("email", "clicked")] > 10
    assert found[("email", "bounced")] > 0
    assert found[("email", "unsubscribed")] > 0
    assert found[("sms", "unsubscribed")] > 0
    assert ("sms", "opened") not in found


def test_some_buy_and_the_web_sees_the_tracked_ones(told, day_after):
    moved = "select count(*) from orders where length(order_id) > 12 and order_id not like 'O9%'"
    bought = one(day_after, "shop.db", moved)
    assert 5 < bought < 120
    assert one(told, "shop.db", moved) == 0
    seen = ask(day_after, "select distinct ecommerce.transaction_id from events where length(ecommerce.transaction_id) > 12")
    assert 0 < len(seen) <= bought


def test_unsubscribing_withdraws_the_consent_in_the_crm(day_after):
    assert one(day_after, "crm.db", "select count(*) from consents where consent_id like 'GU%' and status = 'withdrawn'") > 0


def test_a_day_told_twice_is_one_day(told, day_after):
    before_rows, before_files, before_statuses = rows(day_after), digests(day_after), statuses(day_after)
    shutil.copy(told / "clock.json", day_after / "clock.json")
    pass_days(day_after)
    assert rows(day_after) == before_rows
    assert digests(day_after) == before_files
    assert statuses(day_after) == before_statuses


def test_orders_from_messages_live_on(day_after):
    pass_days(day_after, 8)
    moved = "from orders where length(order_id) > 12 and order_id not like 'O9%'"
    assert one(day_after, "shop.db", f"select count(*) {moved} and status in ('shipped', 'delivered')") > 0
    assert one(day_after, "shop.db", f"select count(*) from order_lines where order_id in (select order_id {moved})") > 0
