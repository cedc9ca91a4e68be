"""The demo shop's web export is as untidy as real ones, and agrees with the shop where it should."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from demo_world import ask, make, one

from demo.shop.build import add_events
from demo.shop.clock import DAY, HOUR, TODAY
from demo.shop.events import CODE, find_events
from demo.shop.export import DayFiles
from demo.shop.ga4 import ga4_table
from demo.shop.plan import make_plan


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("world"), customers=1200)


def test_the_web_is_as_untidy(world):
    ((lost_ids, no_revenue, purchases),) = ask(
        world,
        """select count(*) filter (ecommerce.transaction_id = '(not set)'),
        count(*) filter (ecommerce.purchase_revenue is null), count(*) from events where event_name = 'purchase'""",
    )
    assert 0 < lost_ids < purchases / 20 and 0 < no_revenue < purchases / 20
    ((texts, numbers),) = ask(
        world,
        """select count(*) filter (p.value.string_value is not null),
        count(*) filter (p.value.int_value is not null) from (select unnest(event_params) as p from events) as all_params
        where p.key = 'session_engaged'""",
    )
    assert 0 < numbers < texts
    ((anonymous,),) = ask(
        world,
        """select count(*) from (select user_pseudo_id from events group by 1 having
        min(event_timestamp) filter (user_id is null) < min(event_timestamp) filter (user_id is not null)) as devices""",
    )
    assert anonymous > 100
    names = {name for (name,) in ask(world, "select distinct event_name from events")}
    assert names == {
        *("first_visit", "session_start", "page_view", "view_item", "view_item_list", "add_to_cart", "begin_checkout"),
        *("add_shipping_info", "add_payment_info", "purchase", "login", "user_engagement"),
        "view_search_results",
    }


def test_carts_were_left_behind_just_now_and_some_were_bought_after_all(world):
    left = ask(world, """select c.user_id from (select user_id,
            max(event_timestamp) filter (event_name in ('add_to_cart', 'begin_checkout')) as cart,
            max(event_timestamp) filter (event_name = 'purchase') as bought from events where user_id is not null
            group by 1) as c
        where make_timestamp(cart) between timestamp '2026-06-28 09:00' and timestamp '2026-06-30 08:30'
        and (bought is null or bought < cart)""")  # fmt: skip
    assert len(left) >= 10
    ordered = f"""select count(*) from orders where ordered_at > '2026-06-28 09:00'
        and customer_id in ({", ".join(repr(user) for (user,) in left)})"""
    assert 1 <= one(world, "shop.db", ordered) < len(left)


def test_tracked_purchases_carry_the_orders_instant(world):
    purchases = dict(
        ask(
            world,
            """select ecommerce.transaction_id, strftime(make_timestamp(min(event_timestamp)),
        '%Y-%m-%d %H:%M:%S.%f') from events where event_name = 'purchase' group by 1""",
        )
    )
    purchases.pop("(not set)")
    wanted = ", ".join(repr(order) for order in purchases)
    assert one(world, "shop.db", f"select count(*) from orders where order_id in ({wanted})") == len(purchases)
    order, at = max(purchases.items())
    assert one(world, "shop.db", f"select ordered_at from orders where order_id = '{order}'") == at


def test_what_does_not_fit_the_memory_ends_in_the_same_files(tmp_path):
    plan = make_plan(7, 0, 40)
    first, last = TODAY // DAY - 3, TODAY // DAY
    contents = []
    for buffer in (20, 1_000_000):
        with DayFiles(tmp_path / str(buffer), first, last, buffer=buffer) as files:
            for _ in range(3):
                add_events(files, plan, TODAY)
        folder = tmp_path / str(buffer) / "ga4"
        contents.append([pq.read_table(file) for file in sorted(folder.iterdir())])
        assert [file.name for file in sorted(folder.parent.iterdir())] == ["ga4"]
    assert contents[0] == contents[1]
    assert len(contents[0]) == 4 and sum(table.num_rows for table in contents[0]) == files.rows > 30


def test_visitors_search_for_what_is_sold_and_read_about_it(world):
    (found,) = ask(world, """select count(distinct term), count(*), count(distinct topic), count(topic) from (
            select list_filter(event_params, lambda p: p.key = 'search_term')[1].value.string_value as term,
            list_filter(event_params, lambda p: p.key = 'content_group')[1].value.string_value as topic, event_name,
            list_filter(event_params, lambda p: p.key = 'page_location')[1].value.string_value as place from events)
        where event_name = 'view_search_results' or place like '%/guides/%'""")  # fmt: skip
    terms, rows, topics, guides = found
    assert terms > 20 and topics == 8 and rows > guides > 100
    ((lonely,),) = ask(world, """select count(*) from events as searched where event_name = 'view_search_results' and not exists (
            select 1 from events where event_name = 'view_item_list' and user_pseudo_id = searched.user_pseudo_id
            and event_timestamp = searched.event_timestamp + 2000000)""")  # fmt: skip
    assert lonely < 5, "the list of products follows the search; a few cross the export's last instant"


def test_a_few_visits_without_a_purchase_have_the_columns_of_all():
    plan = make_plan(7, 0, 60)
    assert len(plan.orders)
    counted = 0
    for back in range(200):
        until = TODAY - back * HOUR
        events = find_events(plan.people, plan.orders, plan.visits, until - HOUR, until, TODAY)
        if len(events) and not (events.name == CODE["purchase"]).any():
            counted += ga4_table(plan.people, plan.orders, plan.visits, events).num_rows
    assert counted
