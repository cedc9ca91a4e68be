"""What became of the messages, from sent to ordered: by campaign, channel and variant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from reports.cells import number, said
from reports.charts import squares
from reports.effects import LEAST_PEOPLE
from reports.page import Chart, Facts, Section, Table, unknown, unread
from reports.words import BLANK, Figure, count, money, named, share, titled

DAYS = 90
#: Columns of proof.campaign_days, and what they are called.
COUNTS = {
    "sent_count": "sent",
    "delivered_count": "delivered",
    "opened_count": "opened",
    "machine_opened_count": "opened by machines alone",
    "clicked_count": "clicked",
    "last_click_converted_count": "ordered",
    "unsubscribed_count": "unsubscribed",
    "complained_count": "complained",
    "bounced_count": "bounced",
}
_AMOUNTS = ("last_click_revenue_amount", "cost_amount")
_STEPS = ("Delivered", "Opened", "Clicked", "Ordered", "Unsubscribed", "Complained")
#: Rates of fewer messages than this say nothing.
_LEAST_MESSAGES = 20


def section(facts: Facts) -> Section:
    """Sent, delivered, opened, clicked, ordered; what was unsubscribed, earned and spent."""
    rows = [row for row in facts.rows("results") if number(row["sent_count"]) > 0]
    title = "From sent to ordered"
    if not rows:
        return unknown("results", title, unread(facts, "results") or f"No message was sent in the last {DAYS} days.")
    by_campaign = summed(rows, ("campaign",))
    whole = summed(rows, ())[()]
    told = f"{count(whole['sent_count'])} messages were sent in the last {DAYS} days"
    told += f": {rates_said(whole)}." if is_told(whole) else "; no provider has told yet what became of them."
    told += f" They cost {money(whole['cost_amount'], facts.currency)}." if whole["cost_amount"] else ""
    by_variant = summed(rows, ("campaign", "channel", "variant"))
    parts = [key for key in by_variant if by_variant[key]["sent_count"] >= LEAST_PEOPLE]
    head = [*COUNTS.values(), "orders' worth by last click", "a message", "cost"]
    tables = [
        Table(
            "results_by_variant",
            "By campaign, channel and variant",
            ["campaign", "channel", "variant", *head],
            [
                [titled(key[0]), named(key[1]), named(key[2]) if key[2] else "as it is", *_cells(by_variant[key], facts.currency)]
                for key in sorted(parts)
            ],
        )
    ]
    table = Table(
        "results",
        f"Messages of the last {DAYS} days by campaign",
        ["campaign", *head],
        [
            [titled(name), *_cells(sums, facts.currency)]
            for (name,), sums in sorted(by_campaign.items(), key=lambda item: -item[1]["sent_count"])
        ],
    )
    note = (
        "Opened: by people; what a machine opened on somebody's behalf stands apart, for nobody may have seen it. An SMS does not tell "
        "whether it was opened. Ordered: an order after the message, by last click; it may have come without it."
    )
    if not is_told(whole):
        return Section("results", title, told, told, tables=[table, *tables])
    return Section("results", title, told, told, charts=[_grid(by_campaign, table)], tables=tables, note=note)


def summed(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[tuple[str, ...], dict[str, float]]:
    """The counts, revenue and cost of the rows by these columns. told_opens: deliveries by channels that tell of opens."""
    telling = {said(row["channel"]) for row in rows if number(row["opened_count"]) > 0 or number(row["machine_opened_count"]) > 0}
    sums: dict[tuple[str, ...], dict[str, float]] = {}
    for row in rows:
        one = sums.setdefault(tuple(said(row[key]) for key in keys), dict.fromkeys((*COUNTS, *_AMOUNTS, "told_opens"), 0.0))
        for name in (*COUNTS, *_AMOUNTS):
            one[name] += 0.0 if math.isnan(number(row[name])) else number(row[name])
        one["told_opens"] += number(row["delivered_count"]) if said(row["channel"]) in telling else 0.0
    return sums


def is_told(sums: Mapping[str, float]) -> bool:
    """Whether anything was heard of these messages since they were sent."""
    return any(sums[name] > 0 for name in COUNTS if name not in ("sent_count", "last_click_converted_count"))


def rates(sums: Mapping[str, float]) -> dict[str, float]:
    """Of what was sent the share delivered; of what was delivered the others. NaN where nothing was, or nothing was told yet."""
    arrived = sums["delivered_count"]
    bases = {
        "Delivered": ("delivered_count", sums["sent_count"] if is_told(sums) else 0.0),
        "Opened": ("opened_count", sums["told_opens"]),
        "Clicked": ("clicked_count", arrived),
    }
    bases |= {
        "Ordered": ("last_click_converted_count", arrived),
        "Unsubscribed": ("unsubscribed_count", arrived),
        "Complained": ("complained_count", arrived),
    }
    return {step: sums[name] / base if base else math.nan for step, (name, base) in bases.items()}


def rates_said(sums: Mapping[str, float]) -> str:
    """`98 % arrived, 21 % of them were opened by people …`."""
    known = {step: rate for step, rate in rates(sums).items() if not math.isnan(rate)}
    words = {"Delivered": "arrived", "Opened": "were opened by people", "Clicked": "were clicked", "Ordered": "were followed by an order"}
    words["Unsubscribed"] = "by an opt-out"
    return ", ".join(f"{_rate(known[step])} {told}" for step, told in words.items() if step in known)


def _rate(value: float) -> str:
    return share(value, 0 if value >= 0.0995 or not value else 1 if value >= 0.01 else 2)


def _cells(sums: Mapping[str, float], currency: str) -> list[Figure]:
    a_message = money(sums["last_click_revenue_amount"] / sums["sent_count"], currency) if sums["sent_count"] else BLANK
    worth = [money(sums["last_click_revenue_amount"], currency), a_message, money(sums["cost_amount"], currency)]
    return [*(count(sums[name]) for name in COUNTS), *worth]


def _grid(by_campaign: Mapping[tuple[str, ...], Mapping[str, float]], table: Table) -> Chart:
    ranked = sorted(by_campaign, key=lambda key: (-by_campaign[key]["sent_count"], key))
    enough = [key for key in ranked if by_campaign[key]["sent_count"] >= _LEAST_MESSAGES]
    known = {step: [rate for key in enough if not math.isnan(rate := rates(by_campaign[key])[step])] for step in _STEPS}
    shown = []
    for key in ranked:
        name = f"{titled(key[0])}  {by_campaign[key]['sent_count']:,.0f}"
        for step, rate in rates(by_campaign[key]).items():
            is_known = key in enough and not math.isnan(rate)
            text = _rate(rate) if is_known else "–"
            missing = f"too few to say how many {step.lower()}" if key not in enough else f"not known yet how many {step.lower()}"
            words = f"{name} sent: {text} {step.lower()}" if is_known else f"{name} sent: {missing}"
            shown.append({"x": step, "y": name, "value": _dark(rate, known[step]) if is_known else 0.0, "text": text, "words": words})
    words = "Beside each name, how many were sent. Delivered: of those sent; the others: of those delivered. Dark: high for its column."
    svg = squares(shown, "Rates by campaign", row=30, column=88, top=True, sort=_STEPS, highest=1.0)
    return Chart("What became of each campaign's messages", words, svg, table, is_wide=True)


def _dark(rate: float, others: Sequence[float]) -> float:
    """From 0 to 1 between the lowest and the highest of its column; where all are much alike, all are pale."""
    low, high = min(others), max(others)
    return 0.25 if high - low < 0.02 * high or not high else (rate - low) / (high - low)
