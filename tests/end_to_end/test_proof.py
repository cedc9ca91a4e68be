"""What came of messages and of control groups, over a small random world, against plain Python that knows nothing of the SQL.

Longer than most files: one made-up world serves all, and a build costs more than a test. Instants lie on a grid of six hours, so that edges
of windows, and several things at one instant, are the rule.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from warehouse_kit import Warehouse, md5, moment

NOW = moment(2026, 6, 30, 12)
PEOPLE, CLICK_DAYS, TOUCH_DAYS = 70, 7, 3
CAMPAIGNS = ["welcome", "cart_abandoned", "win_back"]
DAYS = {"holdout": 30, "holdout:welcome": 30, "holdout:cart_abandoned": 14, "holdout:win_back": 30, "welcome:words": 7}
Row = dict[str, Any]
MODELS = (
    "attributed_orders", "message_results", "campaign_days", "int_past_units_matched", "int_metrics_asked", "int_subjects_drawn",
    "int_controls_reached", "subjects", "int_outcomes_measured", "int_cells_summed", "arms",
)  # fmt: skip


class World:
    """People of whom some were two before and some are erased; orders, messages, answers, assignments."""

    def __init__(self) -> None:
        r = self.r = random.Random(8)
        people = [f"p{number}" for number in range(PEOPLE)]
        # every tenth is by now the one before it, every thirteenth is erased
        self.today = {one: people[n - 1] if n % 10 == 9 else one for n, one in enumerate(people)}
        self.erased = {one for n, one in enumerate(people) if n % 13 == 5 and n % 10 < 8}
        self.known = [one for one in people if self.today[one] == one and one not in self.erased]
        self.orders: list[Row] = [
            {"order_id": f"o{n}", "profile_id": r.choice([*self.known, None]), "ordered_at": self.at(60), "is_paid": r.random() < 0.9,
             "net_amount": Decimal(r.choice([0, 10, 25, -5]))}
            for n in range(400)
        ]  # fmt: skip
        self.messages = [self._message(n) for n in range(500)]
        self.events = [event for message in self.messages for event in self._events(message)]
        for message in self.messages:
            for status, name in (("opened", "opened_at"), ("clicked", "clicked_at"), ("unsubscribed", "unsubscribed_at")):
                told = [e["occurred_at"] for e in self.events if e["message_id"] == message["message_id"] and not e["is_machine"]
                        and (e["status"] == status or (status == "opened" and e["status"] == "clicked"))]  # fmt: skip
                message[name] = min(told, default=None)
        self.assignments: list[Row] = []
        for one in people:
            for experiment in DAYS:
                if r.random() < 0.7:
                    arms = ("usual", "short") if experiment == "welcome:words" else ("control", "treated")
                    arm = r.choice(arms)
                    campaign = r.choice(CAMPAIGNS) if experiment == "holdout" else experiment.split(":")[-1]
                    campaign = "welcome" if experiment == "welcome:words" else campaign
                    self.assignments.append({"experiment": experiment, "phase": "test", "profile_id": one, "arm": arm,
                                             "is_control": arm == arms[0], "bucket": r.random(), "assigned_at": self.at(60),
                                             "campaign": campaign, "channel": r.choice(["email", None]),
                                             "ids_count": 1 + len(self.assignments) % 3 // 2})  # fmt: skip

    def at(self, days: int) -> datetime:
        """An instant of the last so many days, on the grid."""
        return NOW - timedelta(hours=6 * self.r.randrange(4 * days))

    def _message(self, number: int) -> Row:
        r = self.r
        one = r.choice([*self.known, *self.erased])
        sent = self.at(50)
        return {"message_id": md5(str(number)), "campaign": r.choice([*CAMPAIGNS, "order_confirmed"]), "profile_id": one,
                "channel": r.choice(["email", "email", "sms"]), "destination": "klaviyo", "sent_at": sent,
                "delivered_at": r.choice([None, sent, sent + timedelta(hours=6)]), "bounced_at": sent if r.random() < 0.1 else None,
                "machine_opened_at": sent if r.random() < 0.3 else None}  # fmt: skip

    def _events(self, message: Row) -> Iterable[Row]:
        for status in ("opened", "clicked", "clicked", "unsubscribed"):
            if self.r.random() < 0.35:
                at = message["sent_at"] + timedelta(hours=6 * self.r.randrange(40))
                if at <= NOW:
                    yield {"message_id": message["message_id"], "status": status, "is_machine": self.r.random() < 0.3, "occurred_at": at}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def table(warehouse: Warehouse, name: str, columns: dict[str, str], rows: Iterable[Row]) -> None:
    """Puts rows in place of a model, of the columns that proof reads."""
    named = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    warehouse.put(name, named, [tuple(row.get(column) for column in columns) for row in rows])


@pytest.fixture(scope="module")
def warehouse(world: World, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("proof"))
    text, at, flag = "varchar", "timestamp", "boolean"
    ids = [{"profile_id": one, "current_profile_id": now, "component_key": None if one in world.erased else 1}
           for one, now in world.today.items()]  # fmt: skip
    table(made, "identity.profile_ids", {"profile_id": text, "current_profile_id": text, "component_key": "bigint"}, ids)
    found = {"identifier_type": text, "identifier_value": text, "profile_id": text, "is_shared": flag}
    table(made, "identity.identifiers", found, [])
    table(made, "profiles.addresses", {"profile_id": text, "channel": text, "address": text, "is_shared": flag, "is_main": flag}, [])
    ordered = {"order_id": text, "profile_id": text, "ordered_at": at, "is_paid": flag, "net_amount": "decimal(18,4)"}
    table(made, "marts.orders", ordered, world.orders)
    instants = ("sent", "delivered", "opened", "machine_opened", "clicked", "machine_clicked", "bounced", "unsubscribed", "complained")
    sent = {"message_id": text, "campaign": text, "profile_id": text, "channel": text, "destination": text}
    table(made, "marts.messages_sent", sent | {f"{name}_at": at for name in instants}, world.messages)
    told = {"message_id": text, "status": text, "is_machine": flag, "occurred_at": at, "address": text}
    table(made, "staging.stg_feedback__engagements", told, world.events)
    varied = {"message_id": text, "outcome": text, "experiment": text, "variant": text, "decided_at": at}
    table(made, "decisions.decision_history", varied, [])
    declared = {"experiment": text, "metric": text, "outcome_days": "bigint", "guardrails": text}
    trials = [{"experiment": name, "metric": "clicked" if days == 7 else "ordered", "outcome_days": days,
               "guardrails": "unsubscribed" if days == 7 else None} for name, days in DAYS.items()]  # fmt: skip
    table(made, "decisions.experiments", declared, trials)
    drawn = {"experiment": text, "phase": text, "profile_id": text, "arm": text, "is_control": flag, "bucket": "double", "assigned_at": at}
    table(made, "decisions.assignments", drawn | {"campaign": text, "channel": text, "ids_count": "bigint"}, world.assignments)
    table(made, "marts.rfm_history", {"profile_id": text, "month": "date", "segment": text}, [
        {"profile_id": one, "month": moment(2026, month, 1).date(), "segment": f"s{n % 3}"}
        for n, one in enumerate(world.known) for month in (4, 5)
    ])  # fmt: skip
    table(made, "marts.lifecycle_changes", {"profile_id": text, "changed_at": at, "to_stage": text}, [
        {"profile_id": one, "changed_at": world.at(90), "to_stage": "new"} for one in world.known
    ])  # fmt: skip
    made.build(NOW, "stg_experiments__units", "stg_experiments__outcomes", *MODELS)
    return made


def test_every_order_is_put_down_to_the_last_message_before_it_and_to_no_other(warehouse, world):
    touches = [(m["profile_id"], m["delivered_at"] or m["sent_at"], m, False) for m in world.messages if m["bounced_at"] is None]
    by_id = {m["message_id"]: m for m in world.messages}
    touches += [(by_id[e["message_id"]]["profile_id"], e["occurred_at"], by_id[e["message_id"]], e["status"] == "clicked")
                for e in world.events if not e["is_machine"] and e["status"] in ("opened", "clicked")]  # fmt: skip
    expected = {}
    for order in world.orders:
        if not order["is_paid"] or order["profile_id"] is None:
            continue
        for model, days in (("last_click", CLICK_DAYS), ("last_touch", TOUCH_DAYS)):
            first, last = order["ordered_at"] - timedelta(days=days), order["ordered_at"]
            led = [
                (at, m["message_id"])
                for who, at, m, is_click in touches
                if who == order["profile_id"] and (is_click or model == "last_touch") and first <= at <= last and m["sent_at"] <= last
            ]
            if led:
                expected[order["order_id"], model] = (*max(led)[::-1], order["net_amount"])
    found = warehouse.rows("select * from proof.attributed_orders")
    assert {(row["order_id"], row["model"]): (row["message_id"], row["touched_at"], row["net_amount"]) for row in found} == expected
    assert len(expected) > 100


def test_sums_over_any_dimension_are_those_of_the_messages(warehouse, world):
    whole = warehouse.rows("select count(*) as sent, sum(net_amount) as revenue from proof.attributed_orders where model = 'last_touch'")
    for dimension in ("campaign", "variant", "channel", "segment", "sent_date"):
        parts = warehouse.rows(f"""
            select {dimension}, sum(sent_count) as sent, sum(clicked_count) as clicked, sum(opened_count) as opened,
                sum(last_touch_orders_count) as orders, sum(last_touch_revenue_amount) as revenue
            from proof.campaign_days group by all""")
        assert sum(row["sent"] for row in parts) == len(world.messages)
        assert sum(row["clicked"] for row in parts) == sum(m["clicked_at"] is not None for m in world.messages)
        assert sum(row["opened"] for row in parts) == sum(m["opened_at"] is not None for m in world.messages)
        assert sum(row["orders"] for row in parts) == whole[0]["sent"]
        assert sum(row["revenue"] for row in parts) == whole[0]["revenue"]


def subjects(world: World) -> dict[tuple[str, str], Row]:
    """The first assignment of every person of today, and whether they were in two arms."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in world.assignments:
        if row["profile_id"] not in world.erased:
            found[row["experiment"], world.today[row["profile_id"]]].append(row)
    return {
        key: min(rows, key=lambda row: (row["assigned_at"], row["bucket"])) | {"arms": len({row["arm"] for row in rows})}
        for key, rows in found.items()
    }


def outcome(world: World, metric: str, experiment: str, who: str, opens: datetime, closes: datetime, row: Row) -> tuple[float, float]:
    """A metric's value within (opens, closes], for orders; for answers of messages that went out at or after opens."""
    if metric in ("ordered", "revenue"):
        amounts = [o["net_amount"] for o in world.orders if o["profile_id"] == who and o["is_paid"] and opens < o["ordered_at"] <= closes]
        return float(bool(amounts)) if metric == "ordered" else float(sum(amounts))
    drawn = {a["campaign"] for a in world.assignments}
    is_before = closes == row["assigned_at"]
    return float(any(
        m[f"{metric}_at"] is not None and m[f"{metric}_at"] <= closes and opens <= m["sent_at"] and (m["sent_at"] < closes or not is_before)
        for m in world.messages
        if m["profile_id"] == who and m["sent_at"] <= closes and m["campaign"] in drawn and m["campaign"] == row["campaign"]
    ))  # fmt: skip


def test_arms_are_the_sums_over_the_people_whose_time_is_over(warehouse, world):
    expected: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0] * 8)
    for (experiment, who), row in subjects(world).items():
        days = timedelta(days=DAYS[experiment])
        for metric in ("ordered", "revenue", *(("clicked", "unsubscribed") if experiment == "welcome:words" else ())):
            sums = expected[experiment, row["arm"], metric]
            sums[0] += 1
            sums[7] += row["ids_count"] == 1
            if row["assigned_at"] + days > NOW:
                continue
            x = outcome(world, metric, experiment, who, row["assigned_at"], row["assigned_at"] + days, row)
            y = outcome(world, metric, experiment, who, row["assigned_at"] - days, row["assigned_at"], row)
            for place, value in enumerate((1, x, x * x, y, y * y, x * y), start=1):
                sums[place] += value
    names = ["assigned_count", "people_count", "value_sum", "value_squares", "covariate_sum", "covariate_squares", "value_covariate"]
    names.append("drawn_alone_count")
    found = warehouse.rows("select * from proof.arms where segment_type = 'all'")
    assert {(row["experiment"], row["arm"], row["metric"]): [float(row[name]) for name in names] for row in found} == dict(expected)
    parts = warehouse.rows(f"""
        select experiment, arm, metric, segment_type, {", ".join(f"sum({name}) as {name}" for name in names)}
        from proof.arms where segment_type not in ('all', 'quarter') group by all""")
    assert {row["segment_type"] for row in parts} == {"rfm_segment", "stage", "channel"}
    for row in parts:
        assert [float(row[name]) for name in names] == expected[row["experiment"], row["arm"], row["metric"]]


def test_whoever_was_reached_in_spite_of_the_draw_is_told(warehouse, world):
    expected = {}
    drawn = {a["campaign"] for a in world.assignments}
    for (experiment, who), row in subjects(world).items():
        closes = row["assigned_at"] + timedelta(days=DAYS[experiment])
        got = experiment.startswith("holdout") and row["is_control"] and any(
            m["profile_id"] == who and m["bounced_at"] is None and row["assigned_at"] <= m["sent_at"] <= closes and m["campaign"] in drawn
            and experiment in ("holdout", f"holdout:{m['campaign']}")
            for m in world.messages
        )  # fmt: skip
        expected[experiment, who] = "merged_arms" if row["arms"] > 1 else "got_it_anyway" if got else None
    found = warehouse.rows("select experiment, profile_id, contaminated_because from proof.subjects")
    assert {(row["experiment"], row["profile_id"]): row["contaminated_because"] for row in found} == expected
    assert set(expected.values()) == {"merged_arms", "got_it_anyway", None}
