"""A small warehouse of hand-made marts for the report, and a browser to look at the page with. Long for its rows."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from playwright.sync_api import Browser, sync_playwright
from shell_kit import Deployment
from warehouse_kit import Warehouse, moment

AS_OF = moment(2026, 6, 30, 9)
DECISIONS = "campaign varchar, kind varchar, reason varchar, decided_at timestamp"
#: A name that somebody typed, and that must stay a name.
NASTY = "<img src=x onerror=alert(1)> 'Cups' & \"mugs\""
MONTHS = [date(2026, month, 1) for month in range(1, 7)]
_BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser of this machine, without a window; skips the test where none is installed."""
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no browser is installed: Chromium, Chrome or Edge would do")
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=path)
        yield started
        started.close()


def report(folder: Path, warehouse: Warehouse) -> Path:
    """Makes the report as the deployment does, all pages of it, and says where it is."""
    from orchestration.assets.campaign_reports import campaigns
    from orchestration.assets.reports import overview
    from orchestration.assets.reviews import review

    deployment = Deployment(folder, REGULARS_DATA=str(warehouse.folder), LEDGER_URL=f"sqlite:///{warehouse.folder / 'ledger.db'}")
    with mock.patch.dict(os.environ, deployment.settings):
        made = deployment.materialize(overview, campaigns, review)
    assert made.success, deployment.said()
    return warehouse.folder / "reports" / "overview.html"


def fill(warehouse: Warehouse) -> None:
    """All marts that the report reads, with names in them that no code knows: a KPI, a segment, an audience, a channel."""
    put = warehouse.put
    seen = {"event_at": moment(2026, 6, 29, 12), "event_name": "page_view", "user_pseudo_id": "u", "session_id": 1}
    warehouse.land_events([seen], AS_OF)
    kpis = [
        ("cups_of_tea", "Cups of tea", "Cups that were drunk.", "count", "up", 2),
        ("revenue", "Revenue", "Paid, net.", "money", "up", 1),
    ]
    kpis += [("churn", "Churn", "Lost of those who were there.", "share", "down", 3), ("mood", "Mood", "Not asked yet.", "score", "up", 4)]
    put("marts.metric_definitions", "metric varchar, label varchar, description varchar, unit varchar, better varchar, place integer", kpis)
    values = {
        "cups_of_tea": [310, 340, 300, 410, 400, 5],
        "revenue": [9000.5, 12000, 11000, 13000, 15250.75, 700],
        "churn": [0.1, 0.09, 0.08, 0.07, 0.085, 0.5],
    }
    put(
        "marts.metrics",
        "metric varchar, period_type varchar, period_start date, value double, is_complete boolean",
        [
            (name, "month", month, value, month < date(2026, 6, 1))
            for name, row in values.items()
            for month, value in zip(MONTHS, row, strict=True)
        ],
    )
    alert = "Cups of tea on 2026-06-29: 3, usually 12 on that weekday."
    put("marts.metric_alerts", "severity varchar, sentence varchar, spreads_away double", [("warn", alert, -5.0)])
    people = [f"p_{number:03}" for number in range(200)]
    segments = ["champions", "at_risk", "superfans", "lost"]
    scored = [
        (person, 1 + place % 5, 1 + place // 7 % 5, 1 + place % 3, segments[place % 4], 10.0 * place) for place, person in enumerate(people)
    ]
    put(
        "marts.rfm", "profile_id varchar, r_score integer, f_score integer, m_score integer, segment varchar, revenue_amount double", scored
    )
    before = [(date(2026, 5, 1), person, segments[place % 3]) for place, person in enumerate(people[:180])]
    put("marts.rfm_history", "month date, profile_id varchar, segment varchar", before)
    moves = [
        (MONTHS[4], "champions", "at_risk", 12),
        (MONTHS[4], "lost", "superfans", 7),
        (MONTHS[4], "lost", "lost", 90),
        (MONTHS[5], "lost", "at_risk", 1),
    ]
    put("marts.rfm_moves", "month date, from_segment varchar, to_segment varchar, customers_count integer", moves)
    cohorts = [
        (
            kind,
            cohort,
            month,
            since,
            40,
            40 - 9 * min(since, 4),
            (40 - 9 * min(since, 4)) / 40,
            1000.0 * (since + 1) * weight,
            place + since < 5,
        )
        for kind, cohort, weight in (("all", "all", 1), ("source", "Organic Search", 2), ("source", "Carrier pigeon", 3))
        for place, month in enumerate(MONTHS)
        for since in range(6 - place)
    ]
    put(
        "marts.cohorts",
        "cohort_type varchar, cohort varchar, cohort_month date, months_since integer, customers_count integer,"
        " active_customers_count integer, retention double, cumulative_revenue_amount double, is_complete boolean",
        cohorts,
    )
    steps = "sessions_count integer, view_sessions integer, cart_sessions integer, checkout_sessions integer, purchase_sessions integer"
    visits = [
        (AS_OF.date() - timedelta(days=back), channel, device, 100, 80, 40, 20, 5 + back % 3)
        for back in range(60)
        for channel in ("Organic Search", "Carrier pigeon")
        for device in ("mobile", "desktop")
    ]
    put("marts.funnels", f"session_date date, channel varchar, device_category varchar, {steps}", visits)
    stages = ["lead", "new", "active", "cooling", "at_risk", "lapsed", "won_back"]
    put(
        "marts.lifecycle",
        "profile_id varchar, stage varchar, journey_stage varchar",
        [(person, stages[place % 7], "purchase") for place, person in enumerate(people)],
    )
    changed = [
        (person, moment(2026, 6, 1 + place), "cooling" if place % 2 else None, "at_risk") for place, person in enumerate(people[:20])
    ]
    changed += [(people[1], moment(2026, 6, 29), "at_risk", "won_back"), (people[30], moment(2026, 3, 1), "new", "active")]
    put("marts.lifecycle_changes", "profile_id varchar, changed_at timestamp, from_stage varchar, to_stage varchar", changed)
    liked = [(person, "category", ["Tea", NASTY, "Spoons"][place % 3], 1, 4) for place, person in enumerate(people)] + [
        ("p_000", "category", "Rarity", 1, 1)
    ]
    put(
        "marts.interests",
        "profile_id varchar, interest_type varchar, interest varchar, interest_rank integer, evidence_count integer",
        liked,
    )
    counted = "people_count integer, address_count integer, consent_count integer, suppressed_count integer, reachable_count integer"
    put(
        "marts.reach",
        f"channel varchar, purpose varchar, {counted}",
        [("email", "marketing", 200, 180, 120, 6, 110), ("sms", "marketing", 200, 90, 40, 1, 33)],
    )
    put("marts.orders", "currency varchar", [("EUR",)])
    for name, members in (("champions", people[:50]), ("night_owls", people[40:70])):
        put(f"audiences.{name}", "profile_id varchar", [(person,) for person in members])
    lists = [("champions", person) for person in people[:30]] + [("night_owls", person) for person in people[40:60]]
    put("decisions.memberships", "audience varchar, profile_id varchar", lists)
    asked = [("cart_abandoned", "message", reason, AS_OF) for reason in (None, None, None, "no_consent", "holdout")]
    asked += [("welcome", "message", "quiet_hours", AS_OF), ("champions", "membership", None, AS_OF)]
    put("decisions.decisions", DECISIONS, asked)
    refused = [
        ("shop", "orders", "status_unknown", None),
        ("shop", "orders", "status_unknown", "replayed"),
        ("ga4", "events", "timestamp_missing", "open"),
    ]
    put(
        "scores.drift",
        "model varchar, served_at timestamp, people_count bigint, expected double, observed double, is_alarmed boolean, words varchar",
        [
            ("churn", moment(2026, 4, 20, 9), 200, 80.4, 130.0, True, "ALARM: it expected 80 and it came to 130"),
            ("purchase_30d", moment(2026, 5, 20, 9), 200, 50.0, 49.0, False, "it expected 50 and it came to 49"),
            ("purchase_90d", None, 0, None, None, False, "no score is old enough"),
        ],
    )
    put("raw.quarantine", "source varchar, table_name varchar, reason varchar, state varchar", refused)


def later(warehouse: Warehouse, as_of: datetime, joined: int) -> None:
    """The next run: decided at another time, and so many more on the list of night owls."""
    warehouse.put("decisions.decisions", DECISIONS, [("welcome", "message", None, as_of)])
    more = [("champions", f"p_{number:03}") for number in range(30)] + [("night_owls", f"n_{number}") for number in range(20 + joined)]
    warehouse.put("decisions.memberships", "audience varchar, profile_id varchar", more)
