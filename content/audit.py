"""Which personal data a message uses, and what of it a customer would not expect a shop to say.

One file, though long: the rules and the words that they are told in are read side by side.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from content.templates import PARTS, Templates
from content.tokens import Campaign
from content.writing import tokens_used

_BROWSING = {"product_views", "sessions", "searches", "funnels", "interests", "page_views"}
_ORDERS = {
    "orders",
    "order_items",
    "profile_orders",
    "customer_metrics",
    "payments",
    "shipments",
    "deliveries",
    "refunds",
    "item_purchases",
}


@dataclass(frozen=True)
class Kind:
    """A kind of personal data: the tokens of triggers (`event.`) that are of it by their names, and why a customer might mind."""

    name: str
    pattern: str
    warning: str | None = None


#: The first that a name fits is its kind. A warning is for a person to weigh, it stops nothing.
KINDS = (
    Kind("contact data", r"e_?mail|phone|street|postal|(^|_)city", "repeats contact data, which whoever sees the message can read"),
    Kind(
        "date of birth",
        r"birth|(^|_)born|(^|_)age($|_)",
        "shows that the shop knows their date of birth: only for those who gave it to be congratulated",
    ),
    Kind(
        "predictions",
        r"score|probab|propensity|churn|predict|persona|likel|expected_(orders|spend)|next_order|(^|_)rfm|segment",
        "tells somebody what was computed about them, which few expect and some resent",
    ),
    Kind(
        "customer service",
        r"ticket|complain|(^|_)nps|comment|reason|rating|review_text",
        "repeats what somebody told customer service, where others may read it",
    ),
    Kind(
        "other people",
        r"household|partner|recipient|referr|friend|colleague|account|company|(^|_)other_",
        "may tell somebody about another person",
    ),
    Kind(
        "browsing",
        r"view|visit|search|page|browse|session|looked|device",
        "tells somebody what they looked at: name the product as news, not their visit",
    ),
    Kind("spending", r"revenue|spent|spend|lifetime|turnover", "tells somebody how much they spent over time"),
    Kind("basket", r"cart|basket"),
    Kind("orders", r"order|purchase|bought|deliver|ship|refund|return|loyal|points|vip"),
    Kind("what happened", r""),
)
_BY_NAME = {kind.name: kind for kind in KINDS}
_PERSON = {"first_name": "name", "last_name": "name", "country_code": "country", "orders_count": "orders"}
#: Words that tell a reader that they were watched.
_WATCHING = re.compile(
    r"\byou had a look\b|\b(we|we've|we’ve)( have)? (noticed|saw|seen)( that)? you\b|\byour (visit|browsing|search)\b"
    r"|\byou(’ve|'ve| have)?( been)?( just| recently)? ((look|looking|looked) (at|for)|viewed|viewing|browsed|browsing|visited|searched)\b",
    re.IGNORECASE,
)
#: What says of a person more than that they are a customer; at an address that several people read it tells one about the other.
_INTIMATE = frozenset(kind.name for kind in KINDS) - {"what happened", "contact data"}


@dataclass(frozen=True)
class Use:
    """One token that a campaign's message names: the kind of personal data, and a warning or None."""

    token: str
    data: str
    warning: str | None


def uses(campaign: Campaign, tokens: Iterable[str]) -> list[Use]:
    """What the tokens of a message say of its reader, by their names and by what the trigger is made of; tokens of the shop say nothing."""
    found = []
    for token in sorted(tokens):
        object_name, _, key = token.partition(".")
        if object_name == "person":
            found.append(Use(token, _PERSON[key], None))
        elif object_name == "recommendations":
            found.append(Use(token, "tastes", None))
        elif object_name == "product":
            found.append(_product(campaign, token))
        elif object_name == "event":
            kind = next(kind for kind in KINDS if re.search(kind.pattern, key))
            found.append(Use(token, kind.name, kind.warning))
    return found


def _product(campaign: Campaign, token: str) -> Use:
    reads = set(campaign.reads)
    if reads & _BROWSING and "carts" not in reads:
        return Use(token, "browsing", _BY_NAME["browsing"].warning)
    return Use(token, "basket" if "carts" in reads else "orders" if reads & _ORDERS else "a product", None)


def told_without_tokens(templates: Templates, campaign: Campaign, channel: str, contents: Sequence[str | None] = (None,)) -> list[Use]:
    """What a message says by coming at all, as a birthday's greeting does, and by words that no token wrote, in any of these variants."""
    found = []
    if re.search(_BY_NAME["date of birth"].pattern, campaign.name):
        found.append(Use("(the day it comes)", "date of birth", _BY_NAME["date of birth"].warning))
    for name in (campaign.template(part, content) for part in PARTS[channel] for content in contents):
        if said := _WATCHING.search(templates.sources.get(name, "")):
            found.append(Use(f"“{' '.join(said[0].split())}”", "browsing", _BY_NAME["browsing"].warning))
    return list(dict.fromkeys(found))


def of_message(
    templates: Templates, campaign: Campaign, channel: str, tokens: Sequence[str], others_at_address: int, content: str | None = None
) -> tuple[list[str], list[str]]:
    """The kinds of personal data that one message used, and its warnings, both sorted.

    tokens: those that it used; others_at_address: how many other people its address is known to reach.
    """
    found = [*uses(campaign, tokens), *told_without_tokens(templates, campaign, channel, (content,))]
    warnings = {use.warning for use in found if use.warning}
    told_of = sorted({use.data for use in found} & _INTIMATE)
    if others_at_address and told_of:
        warnings.add(f"goes to an address that others read too, and speaks of: {', '.join(told_of)}")
    return sorted({use.data for use in found}), sorted(warnings)


def markdown(templates: Templates, campaigns: Sequence[Campaign], written: Mapping[tuple[str, str], int]) -> str:
    """All campaigns' messages as a table of what each uses, then what to weigh. written: how many so far, by campaign and channel."""
    lines = ["| message | by | written | personal data it names |", "| --- | --- | ---: | --- |"]
    warned: dict[tuple[str, str], list[str]] = {}
    for campaign in campaigns:
        for channel in campaign.channels:
            said = [
                *uses(campaign, tokens_used(templates, campaign, channel)),
                *told_without_tokens(templates, campaign, channel, campaign.contents),
            ]
            by_kind: dict[str, list[str]] = {}
            for use in said:
                by_kind.setdefault(use.data, []).append(f"`{use.token}`")
                if use.warning:
                    warned.setdefault((campaign.name, use.warning), []).append(f"`{use.token}`")
            kinds = "; ".join(f"{kind}: {', '.join(tokens)}" for kind, tokens in sorted(by_kind.items())) or "none"
            lines.append(f"| {campaign.name} | {channel} | {written.get((campaign.name, channel), 0):,} | {kinds} |")
    weighed = [f"- **{name}** {warning} ({', '.join(dict.fromkeys(tokens))})" for (name, warning), tokens in warned.items()]
    return "\n".join([*lines, "", "What a customer may not expect:", "", *(weighed or ["- nothing found"])])
