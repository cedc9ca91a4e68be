"""The marts against pandas, over small random shops: quintiles with ties, cohorts, sessions, the funnel and carts.

Longer than most files: one random shop serves all marts, and a build costs more than a test.
"""

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from warehouse_kit import Warehouse, dated, moment, order

from orchestration.sources import shop

NOW = moment(2026, 6, 15, 9)
CUSTOMERS = 90
STEPS = ["view_item", "add_to_cart", "begin_checkout", "purchase"]
CHANNELS = {"google": "Organic Search", "m.facebook.com": "Organic Social", "email": "Email", "partner": "Unassigned"}


class Shop:
    """Orders with many ties, and visits whose events stand in any order, several at the same second."""

    def __init__(self) -> None:
        r = random.Random(41)
        self.orders: list[dict[str, Any]] = []
        self.refunds: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        for customer in range(CUSTOMERS):
            for number in range(r.choice([0, 1, 1, 2, 2, 5])):
                at = moment(2025, 9 + r.randrange(4), r.choice([1, 15, 28])) + timedelta(
                    days=r.choice([0, 31, 62, 160]), hours=r.randrange(24)
                )
                key, status = f"o{customer}.{number}", r.choice(["paid", "paid", "delivered", "cancelled"])
                row = order(key, at, customer_id=f"a{customer}", status=status, total_amount=r.choice([0, 10, 10, 20, 30]))
                self.orders.append(row)
                if r.random() < 0.2:
                    back = at + timedelta(days=3)
                    self.refunds.append({"refund_id": key, "order_id": key, "amount": 5, "refunded_at": back, "updated_at": back})
        for visit in range(400):
            device, start = r.randrange(60), NOW - timedelta(days=r.randrange(8), seconds=r.randrange(86400))
            kind, source = r.choice(["desktop", "mobile", None]), r.choice([*CHANNELS, None])
            for _ in range(r.randrange(1, 8)):
                event = {
                    "event_at": start + timedelta(seconds=r.randrange(2)),
                    "event_name": r.choice([*STEPS, "page_view"]),
                    "device": kind,
                    "source": source if r.random() < 0.5 else None,
                }
                event |= {"user_pseudo_id": f"d{device}", "session_id": visit if r.random() < 0.95 else None}
                # the first ten devices are known by a login, the next ten are shared and known by the visit's own alone
                user = {0: f"a{device}", 1: f"a{r.choice([20, 21])}"}.get(device // 10) if r.random() < 0.3 else None
                self.events.append({**event, "user_id": user, "item_id": f"i{len(self.events)}"})
        for device in range(4):  # a last visit in which all happens within one second
            last = {"event_at": NOW - timedelta(seconds=device), "user_pseudo_id": f"d{device}", "session_id": 1000, "device": None}
            self.events += [{**last, "event_name": step, "user_id": f"a{device}", "item_id": f"last{device}"} for step in STEPS]
        self.events = [event for event in self.events if event["event_at"] <= NOW]

    @property
    def paid(self) -> pd.DataFrame:
        """Paid orders: customer, ordered_at, net."""
        back: dict[str, Decimal] = {row["order_id"]: Decimal(row["amount"]) for row in self.refunds}
        rows = [
            (row["customer_id"], row["ordered_at"], Decimal(row["total_amount"]) - back.get(row["order_id"], Decimal(0)))
            for row in self.orders
            if row["status"] != "cancelled" and row["total_amount"] > 0
        ]
        return pd.DataFrame(rows, columns=["customer", "ordered_at", "net"])


@pytest.fixture(scope="module")
def made() -> Shop:
    return Shop()


@pytest.fixture(scope="module")
def warehouse(made: Shop, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = Warehouse(tmp_path_factory.mktemp("marts"))
    built.land(shop.CUSTOMERS, dated([{"customer_id": f"a{number}"} for number in range(CUSTOMERS)], moment(2025, 1, 1)), NOW)
    built.land(shop.ORDERS, made.orders, NOW)
    built.land(shop.REFUNDS, made.refunds, NOW)
    built.land_events(made.events, NOW)
    built.build(NOW, "+rfm", "+cohorts", "+funnels", "+carts", "+metric_alerts")
    return built


OWNER = "identity.identifiers as who on who.identifier_type = 'shop_customer_id' and who.profile_id = {}.profile_id"


def quintiles(values: pd.Series) -> pd.Series:
    """1 to 5 by the share of rows that lie strictly below."""
    return 1 + np.floor(5 * (values.rank(method="min") - 1) / len(values)).astype(int)


def test_equal_customers_have_equal_scores(made: Shop, warehouse: Warehouse) -> None:
    by = made.paid.groupby("customer")
    totals = pd.DataFrame({"last": by["ordered_at"].max(), "orders_count": by.size(), "revenue_amount": by["net"].sum()})
    totals["r_score"] = quintiles(totals["last"].dt.normalize())
    totals["f_score"] = quintiles(totals["orders_count"])
    totals["m_score"] = quintiles(totals["revenue_amount"].astype(float))
    found = warehouse.frame(f"select who.identifier_value, rfm.* from marts.rfm inner join {OWNER.format('rfm')}").set_index(
        "identifier_value"
    )
    assert set(found.index) == set(totals.index)
    for column in ("orders_count", "r_score", "f_score", "m_score"):
        assert found[column].reindex(totals.index).tolist() == totals[column].tolist(), column
    assert found["revenue_amount"].reindex(totals.index).tolist() == [pytest.approx(float(net)) for net in totals["revenue_amount"]]
    assert totals["f_score"].nunique() < 5, "ties leave a fifth of the counts empty"
    assert (found["rfm_score"] == found["r_score"].astype(str) + found["f_score"].astype(str) + found["m_score"].astype(str)).all()
    champions = (found[["r_score", "f_score", "m_score"]] >= 4).all(axis=1)
    assert ((found["segment"] == "champions") == champions).all() and champions.any()
    assert found["segment"].notna().all()


def test_cohorts_keep_and_pay_as_counted_by_hand(made: Shop, warehouse: Warehouse) -> None:
    paid = made.paid.assign(month=lambda frame: frame["ordered_at"].dt.to_period("M"))
    paid["cohort"] = paid.groupby("customer")["month"].transform("min")
    rows = warehouse.rows("from marts.cohorts where cohort_type = 'all' order by cohort_month, months_since")
    last = pd.Period(NOW, "M")
    expected_places = [(cohort, since) for cohort in sorted(set(paid["cohort"])) for since in range((last - cohort).n + 1)]
    assert [(pd.Period(row["cohort_month"], "M"), row["months_since"]) for row in rows] == expected_places
    total = Decimal(0)
    for row, (cohort, since) in zip(rows, expected_places, strict=True):
        size = paid.loc[paid["cohort"] == cohort, "customer"].nunique()
        then = paid[(paid["cohort"] == cohort) & (paid["month"] == cohort + since)]
        total = sum(then["net"], Decimal(0) if since == 0 else total)
        active = then["customer"].nunique()
        assert (row["customers_count"], row["active_customers_count"]) == (size, active)
        assert (row["revenue_amount"], row["cumulative_revenue_amount"]) == (sum(then["net"], Decimal(0)), total)
        is_over = cohort + since < last
        ratios = (pytest.approx(active / size), pytest.approx(float(total) / size)) if is_over else (None, None)
        assert (row["is_complete"], row["retention"], row["ltv_amount"]) == (is_over, *ratios)
    assert any(row["active_customers_count"] == 0 for row in rows)


def stays_on(events: pd.DataFrame) -> list[tuple[Any, Any, str]]:
    """Who had a device from when until when, walking through its visits: one account has it always, of two each while nobody else comes."""
    logins = []
    for (user, session), own in events.dropna(subset="user_id").groupby(["user_id", "session_id"], dropna=False):
        visit = own if pd.isna(session) else events[events["session_id"] == session]
        logins.append((own["event_at"].min(), user, visit["event_at"].max()))
    if len({user for _, user, _ in logins}) == 1:
        return [(pd.Timestamp.min, pd.Timestamp.max, logins[0][1])]
    stays: list[tuple[Any, Any, str]] = []
    for at, user, ended in sorted(logins):
        if stays and stays[-1][2] == user:
            stays[-1] = (stays[-1][0], max(stays[-1][1], ended), user)
        else:
            stays.append((at, ended, user))
    following = [start for start, _, _ in stays[1:]] + [pd.Timestamp.max]
    return [(start, min(end, next_start), user) for (start, end, user), next_start in zip(stays, following, strict=False)]


def owner_of(events: pd.DataFrame, stays: list[tuple[Any, Any, str]]) -> Any:
    """Whose visit it is: of the last login in it, else of whoever had the device when it began."""
    named = events.dropna(subset="user_id").sort_values("event_at")
    if len(named):
        latest = named[named["event_at"] == named["event_at"].max()]["user_id"]
        return set(latest)  # of two at the same second either
    began = events["event_at"].min()
    return {user for start, end, user in stays if start <= began < end} or {None}


@pytest.fixture(scope="module")
def visits(made: Shop) -> dict[str, pd.DataFrame]:
    """Events by the key of their visit: what the site says, else whatever came at most half an hour after the event before it."""
    events = pd.DataFrame(made.events)
    numbered, loose = events.dropna(subset="session_id"), events[events["session_id"].isna()].sort_values("event_at")
    found = {f"{device}.{int(number)}": group for (device, number), group in numbered.groupby(["user_pseudo_id", "session_id"])}
    for device, own in loose.groupby("user_pseudo_id"):
        for _, group in own.groupby((own["event_at"].diff() > timedelta(minutes=30)).cumsum()):
            found[f"{device}@{group['event_at'].min()}"] = group
    return found


@pytest.fixture(scope="module")
def sessions(visits: dict[str, pd.DataFrame], warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Each visit as the warehouse has it, with the account that it found."""
    rows = warehouse.rows(f"select who.identifier_value as account, sessions.* from marts.sessions left join {OWNER.format('sessions')}")
    found: dict[str, dict[str, Any]] = {str(row["session_key"]): row for row in rows}
    assert set(found) == set(visits) and len(rows) == len(visits) > 300
    assert {key for key, row in found.items() if row["is_by_gap"]} == {key for key in visits if "@" in key}
    assert any(len(visit) > 1 for key, visit in visits.items() if "@" in key)
    return found


def test_sessions_count_their_events_and_know_whose_they_are(made: Shop, visits: dict[str, pd.DataFrame], sessions: dict[str, Any]) -> None:
    stays = {device: stays_on(events) for device, events in pd.DataFrame(made.events).groupby("user_pseudo_id")}
    for key, visit in visits.items():
        row, names = sessions[key], visit["event_name"].tolist()
        assert (row["events_count"], row["views_count"], row["carts_count"]) == (
            len(visit),
            names.count("view_item"),
            names.count("add_to_cart"),
        )
        assert (row["has_checkout"], row["has_purchase"]) == ("begin_checkout" in names, "purchase" in names)
        assert (row["started_at"], row["ended_at"]) == (visit["event_at"].min(), visit["event_at"].max())
        assert row["account"] in owner_of(visit, stays[visit["user_pseudo_id"].iloc[0]])
    owners = [row["account"] for row in sessions.values()]
    assert {"a20", "a21", None} < set(owners)


def test_a_step_of_the_funnel_counts_after_the_step_before(visits: dict[str, pd.DataFrame], warehouse: Warehouse) -> None:
    expected: dict[tuple[Any, str, str], list[int]] = {}
    for visit in visits.values():
        came = visit.sort_values("event_at")["source"].dropna()
        channel = CHANNELS[came.iloc[0]] if len(came) else "Direct"
        device = next((kind for kind in visit.sort_values("event_at")["device"] if isinstance(kind, str)), "unknown")
        counts = expected.setdefault((visit["event_at"].min().date(), channel, device), [0] * 5)
        counts[0] += 1
        since = pd.Timestamp.min
        for place, step in enumerate(STEPS):
            times = visit.loc[(visit["event_name"] == step) & (visit["event_at"] >= since), "event_at"]
            if times.empty:
                break
            since, counts[place + 1] = times.min(), counts[place + 1] + 1
    columns = ["sessions_count", "view_sessions", "cart_sessions", "checkout_sessions", "purchase_sessions"]
    rows = warehouse.rows("from marts.funnels")
    assert {(row["session_date"], row["channel"], row["device_category"]): [row[name] for name in columns] for row in rows} == expected
    for row in rows:
        assert row["purchase_share"] == pytest.approx(row["purchase_sessions"] / row["sessions_count"])
        assert row["view_to_cart_share"] == (pytest.approx(row["cart_sessions"] / row["view_sessions"]) if row["view_sessions"] else None)


def test_a_cart_holds_what_came_since_the_last_purchase(
    visits: dict[str, pd.DataFrame], sessions: dict[str, Any], warehouse: Warehouse
) -> None:
    events = pd.concat([visit.assign(account=sessions[key]["account"]) for key, visit in visits.items()]).dropna(subset="account")
    rows = warehouse.rows(f"select who.identifier_value as account, carts.* from marts.carts inner join {OWNER.format('carts')}")
    carts = events[events["event_name"] == "add_to_cart"]
    assert {row["account"] for row in rows} == set(carts["account"]) and len(rows) > 8
    for row in rows:
        own = carts[carts["account"] == row["account"]]
        bought = events.loc[(events["account"] == row["account"]) & (events["event_name"] == "purchase"), "event_at"].max()
        assert row["last_cart_at"] == own["event_at"].max()
        assert row["last_purchase_event_at"] == (None if pd.isna(bought) else bought)
        assert row["items_count"] == (len(own) if pd.isna(bought) else (own["event_at"] > bought).sum())
        assert row["last_item_id"] in set(own.loc[own["event_at"] == own["event_at"].max(), "item_id"])


PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}


@pytest.mark.parametrize("period_type", PERIODS)
def test_kpis_are_those_that_pandas_counts(made: Shop, visits: dict[str, pd.DataFrame], warehouse: Warehouse, period_type: str) -> None:
    found = warehouse.frame(f"from marts.metrics where period_type = '{period_type}'").set_index(["metric", "period_start"])
    orders = made.paid.assign(
        period=lambda frame: frame["ordered_at"].dt.to_period(PERIODS[period_type]), net=lambda frame: frame["net"].astype(float)
    )
    first, last = orders["period"].min(), pd.Period(NOW, PERIODS[period_type])
    firsts = orders.groupby("customer")["ordered_at"].rank(method="first")
    so_far = 0
    for period in pd.period_range(first, last, freq=PERIODS[period_type]):
        start = pd.Timestamp(period.start_time).normalize()
        those, until = orders[orders["period"] == period], orders[orders["period"] <= period]
        customers, again = until["customer"].nunique(), int((until.groupby("customer").size() >= 2).sum())
        expected = {
            "revenue": those["net"].sum(),
            "orders": len(those),
            "average_order": those["net"].mean() if len(those) else None,
            "active_customers": those["customer"].nunique(),
            "new_customers": int((firsts[those.index] == 1).sum()),
            "lifetime_value": until["net"].sum() / customers,
            "repeat_rate": again / customers,
        }
        so_far += expected["new_customers"]
        assert so_far == customers
        for metric, value in expected.items():
            row = found.loc[(metric, start)]
            assert (None if pd.isna(row["value"]) else row["value"]) == (value if value is None else pytest.approx(float(value))), (
                metric,
                start,
            )
            assert row["is_complete"] == (period.end_time < NOW)
    seen = found.loc["sessions"]["value"]
    begun = pd.Series([visit["event_at"].min() for visit in visits.values()]).dt.to_period(PERIODS[period_type]).value_counts()
    assert {pd.Period(start, PERIODS[period_type]): int(count) for start, count in seen.items() if count} == begun.to_dict()
    changes = warehouse.frame("from marts.lifecycle_changes")
    lapsed, joined = changes[changes["to_stage"] == "lapsed"], changes[changes["from_stage"].isin(["lead", "lapsed"])]
    assert len(lapsed) and len(joined)
    for start, row in found.loc["churn"].iterrows():
        period = pd.Period(start, PERIODS[period_type])
        assert row["numerator"] == (lapsed["changed_at"].dt.to_period(PERIODS[period_type]) == period).sum()
        assert row["denominator"] == (joined["changed_at"] < start).sum() - (lapsed["changed_at"] < start).sum()
