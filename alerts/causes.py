"""Why it probably is so, by what else is known at that moment, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: What to do about each cause.
REMEDIES = {
    "freshness": "Ask who answers for the source whether it still writes; the next run takes up what comes late.",
    "gate": "See the failing check in the UI: it says which rows, and what to do.",
    "provider": "Look at the provider's status page and at the credentials in .env; what was not taken goes with the next run.",
    "rule_change": "Look at what was changed last in the campaign's model or in dbt_project.yml: is this what was meant?",
    "held_for_approval": "If so many are meant: regulars campaigns approve NAME --by YOU. If not, mend the trigger; nothing went out yet.",
    "source": "Look at what the campaign's trigger reads: regulars campaigns backtest NAME shows its days.",
    "link": "Send yourself the message and follow its links; look at the tracking domain and its certificate.",
    "tracking": "Look at the provider's webhooks and at the key that events are asked with: messages may well arrive unseen.",
    "content": "Look at what the message says now: regulars messages preview NAME.",
    "rule": "See whom the rule holds back: regulars explain, or decisions.decisions.",
    "fault": "See the failing step in the UI; what could not be decided or sent is made good by the next run that comes to its end.",
    "unknown": "Nothing that is known here explains it: look at the figures before and after in proof.alert_measures.",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known beside the measures, each in a sentence without personal data.

    late: sources whose newest row is older than promised, by raw table; gates: checks that do not pass and what they hold up; providers:
    what went wrong at a destination, by its name; rules: campaigns whose rules changed since the last comparable days; waiting: campaigns
    that wait for a person; silent: destinations of which no answer at all comes any more; links: clicks by link's host that are odd;
    answers: shares that are as usual, in figures, by step.
    """

    late: Mapping[str, str] = field(default_factory=dict)
    gates: tuple[str, ...] = ()
    providers: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


def cause_of(step: str, dimension: str, name: str, direction: str, known: Evidence) -> tuple[str, tuple[str, ...]]:
    """The likeliest cause, and the sentences that speak for it, the strongest first."""
    found = list(_speaking(step, dimension, name, direction == "drop", known))
    if not found:
        return "unknown", ()
    cause = found[0][0]
    return cause, tuple(dict.fromkeys(sentence for _, sentence in found if sentence))


def _speaking(step: str, dimension: str, name: str, is_drop: bool, known: Evidence) -> list[tuple[str, str]]:
    """Causes in order of what they explain at this step."""
    rules = [("rule_change", why) for campaign, why in known.rules.items() if dimension != "campaign" or campaign == name]
    if len(rules) > _NAMED:
        rules = [("rule_change", f"the rules of {len(rules)} campaigns changed: {rules[0][1]}")]
    waiting = [("held_for_approval", why) for campaign, why in known.waiting.items() if dimension != "campaign" or campaign == name]
    late = [("freshness", why) for why in known.late.values()]
    gates = [("gate", why) for why in known.gates]
    providers = [("provider", why) for one, why in known.providers.items() if dimension != "destination" or one == name]
    silent = [("tracking", why) for one, why in known.silent.items() if dimension != "destination" or one == name]
    of_campaign = rules if dimension == "campaign" else []
    match step:
        case "requested" if is_drop:
            return gates + of_campaign + late + rules or [
                ("source", "its sources are fresh and its rules are the same, yet nobody is found")
            ]
        case "requested":
            return rules + waiting or [("source", "its rules are the same: what it reads brings more people than ever")]
        case "decided":
            return rules + late + [("rule", f"{name.replace('_', ' ')} holds back another part of the requests than usual")]
        case "sent" if is_drop:
            return providers + gates + of_campaign + late + waiting + rules
        case "sent":
            return rules + waiting or [("source", "its rules are the same: it was asked for more often")]
        case "delivered" | "bounced":
            return providers + silent + [("provider", "what was accepted does not arrive as usual: blocked, or the sender's reputation")]
        case "opened":
            return silent + providers + of_campaign or [("content", "deliveries are as usual, and fewer or more of them are read")]
        case "clicked" if is_drop:
            said = f" ({known.answers['opened']})" if "opened" in known.answers else ""
            return (
                silent
                + [("link", why) for why in (*known.links, f"opens go on{said}, and clicks do not: a link, or what counts them, is broken")]
                + rules
            )
        case "clicked":
            return [*of_campaign, ("content", "more of the readers follow a link; scanners do so too")]
        case "converted" if is_drop:
            orders = [pair for pair, table in zip(late, known.late, strict=True) if "order" in table]
            return orders + of_campaign or [("content", "clicks are as usual, and fewer of the people buy")]
        case _:
            return of_campaign + rules or [("content", "who gets it, or what it says, is not what people want")]


_NAMED = 3
