"""The whole line on the demo shop, as a newcomer runs it: once, again, and a day later. Longer than most: one world serves it all."""

import re
import sqlite3
from collections import Counter
from pathlib import Path

import complaints
import duckdb
import pytest
from command import regulars, run_summary

from demo.provider.state import ProviderState

CUSTOMERS = 1200


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("line") / "data"


@pytest.fixture(scope="module")
def first(data):
    done = regulars(data, "run", "--customers", str(CUSTOMERS))
    assert done.returncode == 0, done.stderr[-3000:]
    return done, run_summary(data)


@pytest.fixture(scope="module")
def second(data, first):
    done = regulars(data, "run")
    assert done.returncode == 0, done.stderr[-3000:]
    return done, run_summary(data)


@pytest.fixture(scope="module")
def tomorrow(data, second):
    before = sent(data)
    done = regulars(data, "tomorrow")
    assert done.returncode == 0, done.stderr[-3000:]
    return done, run_summary(data), before


def sent(data: Path) -> Counter[tuple[str, str, str]]:
    """What the provider's inbox holds: (provider, address, campaign and text) -> how often."""
    messages = ProviderState(data / "demo" / "provider.db").messages()
    return Counter((message.provider, message.address, message.body) for message in messages)


def query(data: Path, sql: str):
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_the_first_run_says_what_happened_and_it_is_true(data, first):
    done, summary = first
    assert 0.85 * CUSTOMERS < summary["people"] < 1.35 * CUSTOMERS
    assert summary["reachable"]["email"] > summary["reachable"]["sms"] > 0
    assert all(summary["audiences"][name] for name in ("champions", "at_risk_regulars", "newcomers", "stage_lapsed", "persona_loyal"))
    accepted, held = summary["messages"]["accepted"], summary["messages"]["held"]
    assert accepted == sent(data).total() == summary["messages"]["accepted_by"]["klaviyo"] + summary["messages"]["accepted_by"]["twilio"]
    assert {"no_consent", "holdout", "outranked", "quiet_hours"} <= set(held)
    assert {"raw", "warehouse", "scores", "decisions", "delivery"} <= set(summary["seconds"])
    assert f"messages accepted: {accepted:,}" in done.stdout
    assert "127.0.0.1:3000" in done.stderr
    assert "leaked" not in done.stderr and "Traceback" not in done.stderr


def test_the_report_is_made_of_what_was_sent_and_names_nobody(data, first):
    done, summary = first
    page = data / "reports" / "overview.html"
    assert str(page) in done.stderr
    text = page.read_text()
    assert f"The providers accepted {summary['messages']['accepted']:,} in the last 30 days." in text
    assert all(f'data-value="{members}"' in text for members in summary["audiences"].values())
    with sqlite3.connect(data / "demo" / "shop.db") as shop:
        people = shop.execute("select email, phone, first_name || ' ' || last_name, customer_id from customers").fetchall()
    known = {word for person in people for word in person if word and len(word) > 7} | {
        row[0] for row in query(data, "select profile_id from profiles.profiles")
    }
    assert len(known) > 3 * CUSTOMERS  # a telephone number of zeros is nobody's
    assert not [word for word in known if word in text]


def test_every_candidate_has_one_outcome_and_nobody_gets_what_they_must_not(data, first):
    assert query(data, "select count(*) - count(distinct message_id) from decisions.decisions") == [(0,)]
    wrong = """
        select outbox.message_id from decisions.outbox as outbox
        inner join profiles.profiles as profiles using (profile_id)
        where purpose = 'marketing'
            and (not case outbox.channel when 'sms' then is_sms_reachable else is_email_reachable end or holdout_bucket < 0.05)
    """
    assert query(data, wrong) == []
    assert query(data, "select address from decisions.outbox where purpose = 'marketing' group by address having count(*) > 1") == []


def test_everything_left_of_the_outbox_is_filled(data, first):
    for table in ("staging.stg_ga4__events", "identity.refused_links", "marts.rfm", "marts.cohorts", "marts.funnels", "scores.churn"):
        assert query(data, f"select count(*) > 0 from {table}") == [(True,)], table
    reasons = {row[0] for row in query(data, "select distinct reason from raw.quarantine")}
    assert {"quantity_not_positive", "status_unknown", "ordered_at_invalid"} <= reasons
    assert query(data, "select bool_and(model_version is not null and score between 0 and 1) from scores.churn") == [(True,)]
    assert {row[0] for row in query(data, "select distinct campaign from triggers.cart_abandoned")} == {"cart_abandoned"}


def test_a_profile_is_one_person(data, first):
    """Pairs of records (contact, account, device) against the truth that the pipeline cannot see."""
    truth = data / "demo" / "truth" / "identifiers.parquet"
    ((precision, recall),) = query(
        data,
        f"""
        with pairs as (
            select truth.person_id, found.profile_id, count(*) as records
            from (select distinct person_id, identifier_type, value from '{truth}'
                  where identifier_type in ('crm_id', 'shop_customer_id', 'ga_pseudo_id')) as truth
            inner join identity.identifiers as found
                on found.identifier_type = truth.identifier_type and found.identifier_value = truth.value
            group by all
        )
        select
            (select sum(records * (records - 1)) from pairs)
            / (select sum(records * (records - 1)) from (select sum(records) as records from pairs group by profile_id)),
            (select sum(records * (records - 1)) from pairs)
            / (select sum(records * (records - 1)) from (select sum(records) as records from pairs group by person_id))
        """,
    )
    print(f"identity on the demo shop: pair precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.995
    assert recall >= 0.95


def test_the_truth_is_told_on_the_asset(data, first):
    """Where a truth is written down, identity's figures stand beside its rows in the UI."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(data / "dagster_home")) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["identity", "identifiers"]))
    metadata = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert metadata["pair_precision"] >= 0.995 and metadata["pair_recall"] >= 0.95
    assert metadata["false_links"] == sum(value for name, value in metadata.items() if name.startswith("false_links_by_"))


def test_the_second_run_sends_nothing(data, first, second):
    before = first[1]["messages"]["accepted"]
    assert second[1]["messages"]["accepted"] == 0
    assert second[1]["people"] == first[1]["people"]
    assert sent(data).total() == before
    assert re.search(r"lists: 0 rows accepted, 0 taken off, \d+ rejected, 0 left", second[0].stderr)


def test_nothing_stays_that_was_made_on_the_way(data, second):
    assert (
        query(data, "select table_schema, table_name from information_schema.tables where table_name like '%\\_\\_dbt\\_%' escape '\\'")
        == []
    )
    assert query(data, "select table_name from information_schema.tables where table_schema = 'main'") == []


def test_tomorrow_brings_new_messages_and_none_twice(data, tomorrow):
    _, summary, before = tomorrow
    assert summary["as_of"].startswith("2026-07-01")
    after = sent(data)
    assert 0 < summary["messages"]["accepted"] == after.total() - before.total()
    ledger = query(data, "select count(*), count(distinct message_id) from raw.feedback_deliveries")
    assert ledger[0][0] >= ledger[0][1] > 0
    assert query(data, "select count(*) > 0 from staging.stg_feedback__engagements where status = 'opened'") == [(True,)]


def test_no_order_is_lost_or_doubled(data, tomorrow):
    """Also the late ones, which the shop's database shows days after they were placed."""
    with sqlite3.connect(data / "demo" / "shop.db") as shop:
        orders = {row[0] for row in shop.execute("select order_id from orders")}
    staged = [row[0] for row in query(data, "select order_id from staging.stg_shop__orders")]
    refused = {row[0] for row in query(data, "select row_key from raw.quarantine where table_name = 'orders'")}
    assert len(staged) == len(set(staged))
    assert set(staged) == {order for order in orders if not any(order in key for key in refused)}
    assert len(refused) < 0.01 * len(orders)


def test_ids_outlive_the_day(data, tomorrow):
    """Whoever was messaged under an id is found under it still, or under the elder one that it was merged into."""
    lost = """
        select deliveries.profile_id from staging.stg_feedback__deliveries as deliveries
        left join identity.profile_ids as ids using (profile_id)
        left join profiles.profiles as profiles on ids.current_profile_id = profiles.profile_id
        where profiles.profile_id is null
    """
    assert query(data, lost) == []


def test_no_address_and_no_secret_is_printed(first, tomorrow):
    printed = first[0].stdout + first[0].stderr + tomorrow[0].stdout + tomorrow[0].stderr
    assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", printed)
    assert not re.search(r"\+\d{9,}", printed)
    assert "pk_demo" not in printed


def test_complaint_the_same_person_messaged_again_and_again(data, tomorrow):
    """Three runs in two days, one of them for nothing: what one has got does not come again, by whatever name or address."""
    assert complaints.asked(data, complaints.SAME_AGAIN) == []
    kept = query(data, "select count(*) from decisions.decisions where reason in ('cooling_down', 'over_cap', 'in_stronger_scenario')")
    assert kept[0][0] > 0, "somebody was asked for again"


def test_complaint_a_cart_mail_after_the_purchase(data, tomorrow):
    assert complaints.asked(data, complaints.CART_AFTER_PURCHASE) == []
    assert complaints.asked(data, "select count(*) from sent where campaign = 'cart_abandoned'")[0][0] > 0
    assert query(data, "select count(*) from decisions.decision_history where outcome = 'ordered_since'")[0][0] > 0


def test_complaint_come_back_a_week_after_buying(data, tomorrow):
    assert complaints.asked(data, complaints.COME_BACK_AFTER_PURCHASE) == []
    asked = "select count(*) from sent inner join decisions.campaigns using (campaign) where scenario in ('come_back', 'silence')"
    assert complaints.asked(data, asked)[0][0] > 0


def test_complaint_caps_ignored(data, tomorrow):
    """Every 24 hours and 7 days that end with a message, for the person and for the address, over all channels and by each."""
    assert complaints.asked(data, "select count(*) from sent where purpose = 'marketing'")[0][0] > 50
    for by in ("profile_id", "address"):
        for channel, hours, most in (("all", 24, 1), ("all", 168, 3), ("email", 24, 1), ("sms", 24, 1), ("sms", 168, 1)):
            assert complaints.asked(data, complaints.OVER_A_CAP.format(by=by, channel=channel, hours=hours, most=most)) == []


def test_complaint_no_way_to_see_why_someone_got_nothing(data, tomorrow):
    """Somebody for whom several messages were considered and none went: the command names each of them, and what held it."""
    nothing = "from decisions.decisions where kind = 'message' group by profile_id having count(*) = count(reason)"
    ((person,),) = query(data, f"select profile_id {nothing} order by count(distinct reason) desc, profile_id limit 1")
    done = regulars(data, "explain", person)
    assert done.returncode == 0, done.stderr
    held = query(data, f"select campaign, channel, reason from decisions.decisions where profile_id = '{person}' and reason is not null")
    assert held
    for campaign, channel, reason in held:
        assert re.search(rf"{campaign} by {channel} .*{reason.replace('_', ' ')}", done.stdout), (campaign, reason, done.stdout)


JOURNEY = """
from: 2026-03-03 08:00
until: 2026-03-03 11:00
products:
  kettle: {price: 49, category: Kitchen}
people:
  - name: Ada leaves a cart
    events: [{at: 2026-03-03 09:10, does: carts, product: kettle}]
    expect: [{sent: cart_abandoned, by: 2026-03-03 10:00, times: 1}]
  - name: Ben orders by telephone
    events: [{at: 2026-03-03 09:10, does: carts, product: kettle}, {at: 2026-03-03 09:35, does: orders, product: kettle, offline: true}]
    expect: [{not: cart_abandoned, because: ordered_since}]
"""


def test_complaint_no_way_to_test_a_journey(data, tomorrow, tmp_path):
    """Two made-up people beside the shop: what each gets is told and judged, and nothing is sent."""
    before = sent(data)
    (tmp_path / "journey.yml").write_text(JOURNEY)
    done = regulars(data, "simulate", str(tmp_path / "journey.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Ada leaves a cart\n(.*\n)?.* > cart_abandoned by email", done.stdout)
    assert "cart_abandoned held: ordered since" in done.stdout
    assert "nothing went out twice" in done.stdout
    assert sent(data) == before
