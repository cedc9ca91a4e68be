"""What vendors delete without telling anybody: seen by comparing ids with what is landed, never believed where it is too much.

One file: the accounts are the long part.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_kit import Asked, Reply, Served, serving
from hubspot_server import TOKEN as HUBSPOT_TOKEN
from hubspot_server import HubSpot
from landing_kit import holding
from shopify_server import TOKEN as SHOPIFY_TOKEN
from shopify_server import Shopify
from test_source_keycrm import TOKEN as KEYCRM_TOKEN
from test_source_keycrm import KeyCrm
from test_source_pipedrive import TOKEN as PIPEDRIVE_TOKEN
from test_source_pipedrive import Pipedrive
from test_source_shopify import sample
from test_source_woocommerce import sample as woocommerce_sample
from woocommerce_server import TOKEN as WOOCOMMERCE_TOKEN
from woocommerce_server import Shop, order

from orchestration.landing import Landed, Landing, land_rest
from orchestration.sources import hubspot, keycrm, pipedrive, shopify, woocommerce
from orchestration.sources.rest import Vendor
from orchestration.sources.table import EACH_RUN, Table

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
COUNT = 250


def changed(number: int) -> datetime:
    """The first changed lately, and all others long ago: those are in no list of changes."""
    return NOW if number == 1 else datetime(2026, 1, 1, tzinfo=UTC)


def iso(number: int) -> str:
    return f"{changed(number):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Account:
    """A vendor's account with COUNT records, 1 and on. remove: takes one away for good, without a word; put: one more, as old as all."""

    vendor: Vendor
    table: Table
    token: str
    answer: Callable[[Asked], Reply]
    remove: Callable[[int], object]
    put: Callable[[int], object]


def hubspot_account() -> Account:
    crm = HubSpot()
    return Account(
        hubspot.HUBSPOT,
        hubspot.CONTACTS,
        HUBSPOT_TOKEN,
        crm.answer,
        lambda number: crm.records["contacts"].pop(number),
        lambda number: crm.put("contacts", number, changed(number)),
    )


def pipedrive_account() -> Account:
    crm = Pipedrive(0)
    return Account(
        pipedrive.PIPEDRIVE,
        pipedrive.PERSONS,
        PIPEDRIVE_TOKEN,
        crm.answer,
        lambda number: crm.persons.pop(number),
        lambda number: crm.persons.update({number: crm.one(number, changed(number))}),
    )


def keycrm_account() -> Account:
    crm = KeyCrm(0)
    return Account(
        keycrm.KEYCRM,
        keycrm.BUYERS,
        KEYCRM_TOKEN,
        crm.answer,
        lambda number: crm.buyers.pop(number),
        lambda number: crm.buyers.update({number: crm.one(number, changed(number))}),
    )


def shopify_account() -> Account:
    shop, model = Shopify(), sample("customers")[0]

    def place(number: int) -> str:
        return f"gid://shopify/Customer/{number}"

    def remove(number: int) -> None:
        shop.customers = [one for one in shop.customers if one["id"] != place(number)]

    return Account(
        shopify.SHOPIFY,
        shopify.CUSTOMERS,
        SHOPIFY_TOKEN,
        shop.answer,
        remove,
        lambda number: shop.customers.append({**copy.deepcopy(model), "id": place(number), "updatedAt": iso(number)}),
    )


def woocommerce_account() -> Account:
    shop, model = Shop(), woocommerce_sample("orders")[0]

    def remove(number: int) -> None:
        shop.orders = [one for one in shop.orders if one["id"] != number]

    return Account(
        woocommerce.WOOCOMMERCE,
        woocommerce.ORDERS,
        WOOCOMMERCE_TOKEN,
        shop.answer,
        remove,
        lambda number: shop.orders.append(order(model, number, iso(number)[:-1])),
    )


ACCOUNTS = [hubspot_account, pipedrive_account, keycrm_account, shopify_account, woocommerce_account]


class Days:
    """An account, landed day after day."""

    def __init__(self, account: Account, url: str, folder: Path) -> None:
        self.account, self.url, self.landing, self.day = account, url, Landing(folder), 0

    def land(self, days: int = 7, **declared: Any) -> Landed:
        self.day += days
        vendor, table = self.account.vendor, replace(self.account.table, **declared)
        api = vendor.api(self.url, self.account.token, sleep=lambda _: None)
        return land_rest(vendor.of(table), replace(api, pace=timedelta(0)), self.landing, NOW + timedelta(days=self.day))

    def ids(self) -> set[int]:
        return {int(number) for (number,) in holding(self.landing, self.account.table, self.account.table.key[0])}


@contextmanager
def landed_daily(account: Account, folder: Path) -> Iterator[tuple[Days, Served]]:
    for number in range(1, COUNT + 1):
        account.put(number)
    with serving(account.answer) as served:
        days = Days(account, served.url, folder)
        assert days.land().rows == COUNT
        yield days, served


@pytest.mark.parametrize("make", ACCOUNTS)
def test_what_is_gone_is_deleted_and_what_never_came_is_fetched(make: Callable[[], Account], tmp_path: Path) -> None:
    account = make()
    with landed_daily(account, tmp_path) as (days, served):
        assert (days.land().deleted, days.ids()) == (0, {*range(1, COUNT + 1)})
        account.remove(7)
        account.remove(120)
        assert days.land(1).deleted == 0, "it is compared once a week"
        asked = len(served.asked)
        result = days.land(6)
        assert (result.rows, result.deleted, result.missed, result.warnings) == (0, 2, 0, [])
        assert len(served.asked) - asked < 25, "nothing but ids is listed whole, and twice"
        account.put(120)  # restored, as old as it was: in no list of changes
        account.put(900)  # somebody let us see it
        result = days.land()
        assert (result.rows, result.missed, result.returned, result.deleted) == (2, 2, 1, 0)
        assert days.ids() == {*range(1, COUNT + 1), 900} - {7}


def test_too_much_gone_at_once_is_told_each_day_until_somebody_accepts_it(tmp_path: Path) -> None:
    account = pipedrive_account()
    with landed_daily(account, tmp_path) as (days, _):
        for number in range(1, 101):
            account.remove(number)
        for _ in range(2):
            result = days.land(1)
            assert (result.deleted, result.withheld) == (0, 100)
            assert "100 of 250 rows are not in the source any more" in result.warnings[0]
        assert days.land(1, vanish_at_most=1, deletes=EACH_RUN).deleted == 100
        assert days.land(1).withheld == 0


def test_of_a_list_that_is_short_nothing_is_concluded(tmp_path: Path) -> None:
    account = keycrm_account()
    honest = account.answer

    def answer(asked: Asked) -> Reply:
        reply = honest(asked)
        if "include" not in asked.params and asked.params["page"] == "3":
            reply.body["data"] = reply.body["data"][:-5]
        return reply

    account.answer = answer
    with landed_daily(account, tmp_path) as (days, _):
        result = days.land()
        assert (result.deleted, result.missed) == (0, 0)
        assert "gave 245 records and says there are 250" in result.warnings[0]
        assert result.warnings[1] == "keycrm.buyers: deletes are not looked for, since fewer came than there are."
        account.answer = honest


def test_a_customer_list_that_is_read_whole_tells_who_is_gone(tmp_path: Path) -> None:
    model = woocommerce_sample("customers")[0]
    shop = Shop(customers=[{**model, "id": number} for number in range(1, 11)])
    account = Account(woocommerce.WOOCOMMERCE, woocommerce.CUSTOMERS, WOOCOMMERCE_TOKEN, shop.answer, lambda _: None, lambda _: None)
    with serving(shop.answer) as served:
        days = Days(account, served.url, tmp_path)
        days.land()
        del shop.customers[3]
        assert (days.land(1).deleted, days.ids()) == (1, {*range(1, 11)} - {4})


def lists_in(body: Any) -> Iterator[list[Any]]:
    """The lists of records in an answer, wherever they are."""
    if isinstance(body, list) and body and isinstance(body[0], dict) and "id" in body[0]:
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            yield from lists_in(value)


@pytest.mark.parametrize("make", ACCOUNTS)
def test_a_page_that_repeats_one_and_leaves_one_out_loses_and_doubles_nothing(make: Callable[[], Account], tmp_path: Path) -> None:
    """Where an API states its total it is seen at once, elsewhere when the ids are compared; an id left out there deletes nobody."""
    account = make()
    honest, once = account.answer, iter([True])

    def answer(asked: Asked) -> Reply:
        reply = honest(asked)
        listed = next(lists_in(reply.body), [])
        if len(listed) > 20 and "associations" not in asked.path and next(once, False):
            listed[-3] = listed[4]  # not the last: of that one the next page's place is made
        return reply

    account.answer = answer
    for number in range(1, COUNT + 1):
        account.put(number)
    with serving(account.answer) as served:
        days = Days(account, served.url, tmp_path)
        days.land()
        days.land()
        assert days.ids() == {*range(1, COUNT + 1)}
        assert days.landing.count(account.table) == COUNT
    assert next(once, None) is None, "no page was wrong"
