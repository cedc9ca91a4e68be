"""Messages: asked for by triggers, let out or held back by a rule, and what the providers said of those that went."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from reports.charts import bars, stacked
from reports.ink import ink
from reports.page import Chart, Facts, Section, Table, unknown
from reports.words import count, listed, named, share, titled

DAYS = 30
_TONES = ("accent", "quiet", "warm", "warm_pale", "accent_pale", "heat_3", "soft", "bad", "line", "heat_5", "good")


def section(facts: Facts) -> Section:
    """This run's decisions, and what was handed over in the last DAYS days."""
    decided, handed = facts.rows("messages"), facts.rows("deliveries")
    accepted = sum(int(row["messages_count"]) for row in handed if row["status"] == "accepted")
    if not decided and not handed:
        return unknown("messages", "Messages", "No message was asked for, and none was sent.")
    reasons = _by_reason(decided)
    asked = sum(reasons.values())
    held = asked - reasons.get("goes out", 0)
    main = [f"{named(name)} {size:,}" for name, size in reasons.items() if name != "goes out"][:3]
    told = f"{count(asked)} messages were asked for in this run: {count(asked - held)} may go out, {count(held)} were held back"
    told += f" ({', '.join(main)})." if main else "."
    sent = f"The providers accepted {count(accepted)} in the last {DAYS} days."
    charts = ([_campaigns(decided, list(reasons)), _reasons(reasons)] if asked else []) + ([_sent(handed)] if handed else [])
    return Section("messages", "Messages", f"{told} {sent}", told, charts=charts)


def _by_reason(decided: list[dict[str, Any]]) -> dict[str, int]:
    """Messages by outcome, what goes out first, then the most frequent."""
    sums: dict[str, int] = defaultdict(int)
    for row in decided:
        sums[str(row["outcome"])] += int(row["messages_count"])
    return dict(sorted(sums.items(), key=lambda item: (item[0] != "goes out", -item[1], item[0])))


def _campaigns(decided: list[dict[str, Any]], reasons: list[str]) -> Chart:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in decided:
        sums[str(row["campaign"]), str(row["outcome"])] += int(row["messages_count"])
    campaigns = sorted({campaign for campaign, _ in sums}, key=lambda name: -sum(size for (one, _), size in sums.items() if one == name))
    shown = [
        {
            "label": titled(campaign),
            "part": titled(reason),
            "value": sums[campaign, reason],
            "colour": ink(_TONES[place % len(_TONES)]),
            "words": f"{titled(campaign)}: {sums[campaign, reason]:,} {named(reason)}",
        }
        for place, reason in enumerate(reasons)
        for campaign in campaigns
        if sums.get((campaign, reason))
    ]
    rows = [[titled(campaign), *(count(sums.get((campaign, reason), 0)) for reason in reasons)] for campaign in campaigns]
    table = Table("messages", "Messages of this run by campaign and what became of them", ["campaign", *map(named, reasons)], rows)
    out = {campaign: sums.get((campaign, "goes out"), 0) for campaign in campaigns}
    most = max(out, key=lambda name: out[name])
    words = f"{titled(most)} sends most: {count(out[most])} go out." if out[most] else "Nothing goes out in this run."
    return Chart("What became of each campaign's messages", words, stacked(shown, "Messages by campaign"), table, is_wide=True)


def _reasons(reasons: dict[str, int]) -> Chart:
    total = sum(reasons.values())
    held = {name: size for name, size in reasons.items() if name != "goes out"}
    shown = [
        {
            "label": titled(name),
            "value": size,
            "text": f"{size:,} · {share(size / total, 0)}",
            "words": f"{titled(name)}: {size:,} messages, {share(size / total, 0)} of those asked for",
            "colour": ink("accent" if name == "goes out" else "warm"),
        }
        for name, size in reasons.items()
    ]
    words = f"Held back most often for: {listed([named(name) for name in list(held)[:3]])}." if held else "Nothing was held back."
    table = Table(
        "messages_by_reason",
        "Messages of this run by what became of them",
        ["outcome", "messages"],
        [[titled(name), count(size)] for name, size in reasons.items()],
    )
    return Chart("Why messages were held back", words, bars(shown, "Messages by outcome"), table)


def _sent(handed: list[dict[str, Any]]) -> Chart:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in handed:
        sums[str(row["campaign"])][str(row["status"])] += int(row["messages_count"])
    statuses = sorted({status for one in sums.values() for status in one}, key=lambda status: (status != "accepted", status))
    ranked = sorted(sums, key=lambda name: (-sums[name]["accepted"], name))
    shown = [
        {
            "label": titled(name),
            "value": sums[name]["accepted"],
            "text": f"{sums[name]['accepted']:,}",
            "words": f"{titled(name)}: {sums[name]['accepted']:,} accepted",
        }
        for name in ranked
    ]
    title = f"Sent in the last {DAYS} days"
    accepted, total = sum(one["accepted"] for one in sums.values()), sum(sum(one.values()) for one in sums.values())
    words = f"The providers accepted {count(accepted)} of {count(total)} messages handed to them."
    table = Table(
        "deliveries",
        f"{title}, by what the providers answered",
        ["campaign", *map(named, statuses)],
        [[titled(name), *(count(sums[name][status]) for status in statuses)] for name in ranked],
    )
    return Chart(title, words, bars(shown, title), table)
