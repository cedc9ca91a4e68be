"""A score that what came of it contradicts: what acts on it keeps its last state, until it is right again.

Longer than most files: the made-up shop, three days of it and what must hold of each are one argument.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warehouse_kit import Warehouse, moment, share

from orchestration.assets.landed import LANDED

FIRST = moment(2026, 4, 1, 9)
#: The horizon of both models, in days; three more and a window of scores is judged.
HORIZON = 30
SECOND = FIRST + timedelta(days=HORIZON + 4)
THIRD = SECOND + timedelta(days=HORIZON + 4)
REGULARS = [f"p_{number:02}" for number in range(60)]
#: Overdue, and never scored: the rhythm decides about them alone.
LATE = ["p_late", "p_late_too"]
BUILT = (
    "drift",
    "int_scores_settled",
    "int_tastes_gathered",
    "predictions",
    "at_risk_regulars",
    "win_back",
    "campaigns",
    "reviews_due",
    "stg_experiments__verdicts",
    "experiments",
    "int_assignments_known",
    "int_variants_drawn",
    "int_requests_gathered",
    "int_requests_tried",
    "candidates",
    "int_messages_read",
    "int_messages_counted",
    "int_scenarios_entered",
    "stg_operator__approvals",
    "int_campaign_history_known",
    "int_members_known",
    "campaign_limits",
    "regulars.decisions.decisions",
    "int_campaigns_counted",
    "spikes",
    "memberships",
)
#: The programme of this shop: who acts on a score, and who does not.
PROGRAMME = {
    "triggers": [{"cart_abandoned": "cart"}, {"welcome": "onboarding"}, {"win_back": "win_back"}],
    "audiences": ["champions", "at_risk_regulars", "newcomers"],
    "yields_to": {},
}
REQUEST = (
    "profile_id varchar, campaign varchar, channel varchar, message varchar, purpose varchar, is_urgent boolean, "
    "is_void_after_order boolean, is_void_after_return boolean, is_void_while_ticket boolean"
)

#: What predictions reads of the features, and memberships of the predictions.
READ = (
    "recency_days mean_gap_days orders_count orders_90d orders_365d revenue_amount avg_order_amount tenure_days sessions_30d carts_30d "
    "days_since_session discount_share refund_share category_count emails_90d email_opens_90d email_clicks_90d tickets_180d complaints_180d"
)
FEATURES = ", ".join(["profile_id varchar", *(f"{name} bigint" for name in READ.split())])
PREDICTION = (
    "profile_id varchar, as_of timestamp, churn_probability double, p_purchase_30d double, p_purchase_90d double, "
    "expected_spend_365d_amount double, next_order_on timestamp, send_hour bigint, persona varchar, because varchar, "
    "because_of varchar, buy_again varchar[], new_for_you varchar[]"
)


def leaves_first(person: str) -> bool:
    """Whom the first scores expect to leave."""
    return int(person[2:]) < 40


class Shop:
    """Parents by hand: 60 regulars, two who are late, who is one with whom, and the orders so far."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.ids = {person: person for person in (*REGULARS, *LATE, "p_elder")}
        self.gone: set[str] = set()
        self.suppressed: set[str] = set()
        self.orders = [
            (person, True, FIRST - timedelta(days=back), gap, 20) for person in LATE for back, gap in ((140, None), (110, 30), (80, 30))
        ]

    def score(self, as_of: datetime, leaving: set[str]) -> None:
        """Lands what both models say: .9 and .1 of churn, and the reverse of an order."""
        for name, sure in (("churn", 0.9), ("purchase_30d", 0.1)):
            table = LANDED["scores", name]
            people = [person for person in REGULARS if person not in self.gone]
            scores = pd.DataFrame({"profile_id": people, "as_of": pd.Series([as_of] * len(people), dtype="datetime64[us]")})
            scores["score"] = [sure if person in leaving else 1 - sure for person in people]
            scores["fallback_score"] = scores["score"]
            scores["horizon_days"] = HORIZON
            with self.warehouse.landing.writing(table, f"as_of_{as_of:%Y%m%dT%H%M%S}.parquet") as unfinished:
                pq.write_table(pa.Table.from_pandas(scores, preserve_index=False), unfinished)

    def order(self, people: set[str], at: datetime) -> None:
        self.orders += [(person, True, at, None, 20) for person in sorted(people)]

    def build(self, as_of: datetime) -> None:
        """Puts the parents as they are now, and builds what is judged, asked for and decided."""
        put = self.warehouse.put
        people = sorted(set(self.ids.values()) - self.gone)
        orders = [(self.ids[person], *order) for person, *order in self.orders]
        put("identity.profile_ids", "profile_id varchar, current_profile_id varchar", self.ids.items())
        put(
            "profiles.profiles",
            "profile_id varchar, first_name varchar, last_name varchar, email varchar, phone varchar, country_code varchar, "
            "time_zone varchar, is_email_suppressed boolean, is_sms_suppressed boolean, preferred_channel varchar, "
            "holdout_bucket double, orders_count bigint, has_open_complaint boolean, open_tickets_count bigint, revenue_amount double",
            [
                (p, "Ann", "Lee", f"{p}@example.com", None, "DE", "UTC", p in self.suppressed, False, None, 50, 3, False, 0, 60.0)
                for p in people
            ],
        )
        put(
            "profiles.consents",
            "profile_id varchar, channel varchar, purpose varchar, is_granted boolean, stated_at timestamp",
            [(person, "email", "marketing", True, FIRST) for person in people],
        )
        put("profiles.suppressions", "profile_id varchar, channel varchar, reason varchar, since_at timestamp", [])
        put("profiles.profile_orders", "profile_id varchar, is_paid boolean, ordered_at timestamp, refunded_at timestamp", [])
        put("marts.rfm", "profile_id varchar, segment varchar, orders_count bigint", [(p, "loyal", 3) for p in people if p not in LATE])
        put("marts.attention", "profile_id varchar, last_sign_at timestamp, is_silent boolean", [])
        put("marts.orders", "profile_id varchar, is_paid boolean, ordered_at timestamp, gap_days bigint, net_amount double", orders)
        put(
            "staging.stg_feedback__deliveries",
            "message_id varchar, campaign varchar, profile_id varchar, channel varchar, status varchar, claimed_at timestamp, "
            "finished_at timestamp",
            [],
        )
        put("staging.stg_feedback__engagements", "message_id varchar, status varchar, occurred_at timestamp", [])
        put("staging.stg_all__products", "product_id varchar, stock_quantity bigint", [])
        put("profiles.golden_records", "profile_id varchar, preferred_channel varchar", [])
        put("marts.customer_engagement", "profile_id varchar, channel varchar, clicked_90d bigint, sent_90d bigint", [])
        put("decisions.int_messages_bounced", "message_id varchar", [])
        put("decisions.fatigue", "profile_id varchar, cooldown_factor double, because varchar", [])
        put("features.customer_features", FEATURES, [])
        put(
            "scores.recommended_products", "profile_id varchar, shelf varchar, place bigint, product_id varchar, estimated_at timestamp", []
        )
        for name in ("champions", "newcomers"):
            put(f"audiences.{name}", REQUEST, [])
        for name in ("welcome", "cart_abandoned"):
            joined = (
                [("p_late_too", name, "email", name, "marketing", True, False, False, False, as_of, "once")] if name == "welcome" else []
            )
            told = ", product_id varchar, items_count bigint, item_name varchar" if name == "cart_abandoned" else ""
            put(f"triggers.{name}", f"{REQUEST}, occurred_at timestamp, occasion varchar{told}", joined)
        self.warehouse.build(as_of, *BUILT)

    def column(self, query: str) -> set[object]:
        return {value for row in self.warehouse.rows(query) for value in row.values()}

    def alarmed(self) -> set[object]:
        return self.column("select model from scores.drift where is_alarmed")

    def at_risk(self) -> set[object]:
        return self.column("select profile_id from audiences.at_risk_regulars")

    def members(self) -> set[object]:
        return self.column("select profile_id from decisions.memberships where audience = 'at_risk_regulars'")

    def treated(self, people: set[str]) -> set[str]:
        """Those of them who are not in the control group of at_risk_regulars."""
        known = {person: [old for old, now in self.ids.items() if now == person] for person in people}
        return {person for person in people if min(share(f"at_risk_regulars:{old}") for old in known[person]) >= 0.05}

    def won_back(self) -> dict[object, object]:
        """Whom win_back asks for, and what holds it back."""
        rows = self.warehouse.rows("select profile_id, reason from decisions.decisions where campaign = 'win_back'")
        return {row["profile_id"]: row["reason"] for row in rows}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    shop = Shop(Warehouse(tmp_path_factory.mktemp("doubt"), **PROGRAMME))
    shop.score(FIRST, {person for person in REGULARS if leaves_first(person)})
    shop.build(FIRST)
    yield shop


@pytest.fixture(scope="module")
def doubted(shop: Shop) -> Shop:
    """Everybody ordered, whatever was said of them; the new scores say the reverse of the old, and people have changed."""
    shop.order(set(REGULARS), FIRST + timedelta(days=2))
    shop.ids["p_00"] = "p_elder"
    shop.gone, shop.suppressed = {"p_01"}, {"p_02"}
    shop.score(SECOND, {person for person in REGULARS if not leaves_first(person)})
    shop.build(SECOND)
    return shop


def test_scores_too_young_to_be_judged_are_acted_on(shop: Shop) -> None:
    assert shop.column("select distinct is_alarmed from scores.drift") == {False}
    expected = {person for person in REGULARS if leaves_first(person)}
    assert shop.at_risk() == expected
    assert shop.members() == shop.treated(expected)
    assert {float(value) for value in shop.column("select churn_probability from decisions.memberships")} == {0.9}
    assert set(shop.won_back()) == set(LATE)
    assert shop.won_back()["p_late"] is None


def test_an_audience_keeps_its_last_state_under_the_ids_of_today(doubted: Shop) -> None:
    assert {"churn", "purchase_30d"} <= doubted.alarmed()
    kept = {person for person in REGULARS if leaves_first(person)} - {"p_00", "p_01"} | {"p_elder"}
    assert doubted.at_risk() == kept
    assert doubted.members() == doubted.treated(kept) - {"p_02"}  # who is suppressed is taken off in spite of it
    assert doubted.column("select churn_probability from decisions.memberships") == {None}
    words = doubted.column("select words from scores.drift where model = 'churn'")
    assert "ALARM: on 2026-04-01 it expected 37 not to order of 59 people in 30 days; it came to 0" in next(iter(words))


def test_messages_of_a_trigger_wait_and_others_do_not(doubted: Shop) -> None:
    assert doubted.won_back() == dict.fromkeys(LATE, "prediction_in_doubt")
    assert doubted.column("select campaign from decisions.decisions where kind = 'message' and reason is null") == {"welcome"}


def test_not_even_a_full_refresh_or_a_lost_table_acts_on_it(doubted: Shop) -> None:
    before = doubted.at_risk()
    doubted.warehouse.build(SECOND, "at_risk_regulars", full_refresh=True)
    assert doubted.at_risk() == before
    with doubted.warehouse.connect() as connection:
        kept = connection.execute("from audiences.at_risk_regulars").df()
        connection.execute("alter table audiences.at_risk_regulars drop column is_urgent")
    doubted.warehouse.build(SECOND, "at_risk_regulars")
    assert doubted.at_risk() == before, "a column that is new since is no reason to forget who was in"
    with doubted.warehouse.connect() as connection:
        connection.execute("drop table audiences.at_risk_regulars")
    doubted.warehouse.build(SECOND, "at_risk_regulars")
    assert doubted.at_risk() == set()
    doubted.warehouse.put(
        "audiences.at_risk_regulars",
        REQUEST,
        kept.itertuples(index=False, name=None),
    )


def test_it_is_built_again_once_the_score_is_right(doubted: Shop) -> None:
    doubted.order({person for person in REGULARS if leaves_first(person)} - doubted.gone, SECOND + timedelta(days=2))
    leaving = {"p_05", "p_50"}
    doubted.score(THIRD, leaving)
    doubted.build(THIRD)
    assert doubted.alarmed() == set()
    assert doubted.at_risk() == leaving
    assert set(doubted.won_back().values()) <= {None, "outranked"}


def test_a_day_that_changes_nothing_to_act_on_sends_nothing(doubted: Shop) -> None:
    """The same members on two days: what is foreseen moves a little, and so do the figures of its reasons."""
    warehouse, hashes = doubted.warehouse, []
    warehouse.put(
        "decisions.decisions",
        "profile_id varchar, campaign varchar, kind varchar, reason varchar",
        [(person, "champions", "membership", None) for person in REGULARS[3:7]],
    )
    before = (0.612, "rhythm", "tea")
    for days, said in (
        (0, [before] * 4),
        (1, [(0.66, "rhythm", "tea"), (0.75, "rhythm", "tea"), (0.62, "web", "tea"), (0.62, "rhythm", "cup")]),
    ):
        day, week = THIRD + timedelta(days=days), moment(2026, 7, 21 + days)
        rows = [
            (
                person,
                day,
                chance,
                0.3,
                0.5,
                1234.0 - days,
                week,
                18,
                "Regulars",
                f"{83 + days} days since the last order",
                why,
                [product],
                [],
            )
            for person, (chance, why, product) in zip(REGULARS[3:7], said, strict=True)
        ]
        warehouse.put("scores.predictions", PREDICTION, rows)
        warehouse.build(day, "memberships")
        hashes.append([row["row_hash"] for row in warehouse.rows("select row_hash from decisions.memberships order by profile_id")])
    assert [one == other for one, other in zip(*hashes, strict=True)] == [True, False, False, False]
    assert {row["because"] for row in warehouse.rows("select because from decisions.memberships")} == {"84 days since the last order"}
