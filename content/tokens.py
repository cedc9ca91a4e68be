"""The tokens that a template may use, and what a value must be like before it gets into a message."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Every message has these; `product.` only where its trigger says which product it is about, `event.` what else its trigger says.
COMMON = (
    "person.first_name", "person.last_name", "person.country_code", "person.orders_count",
    "recommendations.buy_again", "recommendations.new_for_you",
    "shop.name", "shop.url", "shop.address", "links.unsubscribe", "links.preferences", "message.purpose",
)  # fmt: skip
PRODUCT = ("product.id", "product.name", "product.category", "product.price", "product.currency", "product.url")
#: What a layout has beside them: the message's own part, its subject line and its first words.
LAYOUT = ("content", "subject", "preheader")
#: What the columns of a trigger are that are no tokens: the routing, which is the same for all.
ROUTING = frozenset(
    (
        "profile_id", "occurred_at", "occasion", "product_id", "campaign", "channel", "message", "purpose", "is_urgent",
        "is_void_after_order", "is_void_after_return", "is_void_while_ticket",
    )
)  # fmt: skip

LONGEST_VALUE = 200
LONGEST_NAME = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
#: What stands in nobody's name, but in one that was made up to write to strangers in the shop's name: markup, links, addresses.
_NO_NAME = re.compile(
    r"[<>{}\[\]@\\|=]|://|www\.|\w\.(com|net|org|info|biz|ru|cn|io|co|me|ly|top|xyz|shop|site|online|link|click|club|de|uk|fr|eu)\b|\d{4}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Variant:
    """One arm of a trigger's experiment. content: the folder of its templates below the trigger's, None for the usual ones; parts: those
    that it has of its own (`subject`, `email.txt`, …), the others being the usual ones; empty for all. channel: None for the usual one.
    offer: the values of its tokens, by their names without `event.`."""

    name: str
    content: str | None = None
    parts: tuple[str, ...] = ()
    channel: str | None = None
    offer: Mapping[str, Any] = field(default_factory=dict)


def variants_of(said: Mapping[str, Mapping[str, Any]] | None) -> tuple[Variant, ...]:
    """The variants of an experiment as a trigger's `.yml` has them."""
    return tuple(
        Variant(name, arm.get("content"), tuple(arm.get("parts") or ()), arm.get("channel"), arm.get("offer") or {})
        for name, arm in (said or {}).items()
    )


@dataclass(frozen=True)
class Campaign:
    """What a template must fit: a trigger as it is declared.

    channel: 'email', 'sms' or 'best', which may be either; purpose: 'marketing' or 'transactional'; columns: all that its `.yml`
    describes; reads: the models that it is made of; variants: the arms of its experiment, the usual one first.
    """

    name: str
    channel: str
    purpose: str
    columns: tuple[str, ...] = ()
    reads: tuple[str, ...] = field(default=())
    variants: tuple[Variant, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that its message may go by."""
        asked = {self.channel, *(variant.channel for variant in self.variants)}
        return tuple(channel for channel in ("email", "sms") if channel in asked or "best" in asked)

    @property
    def contents(self) -> list[str | None]:
        """The folders of its variants' templates, after None, which are the usual ones."""
        return [None, *dict.fromkeys(variant.content for variant in self.variants if variant.content)]

    def template(self, part: str, content: str | None = None) -> str:
        """The name of a part's template. A variant that says which parts are its own has the usual ones beside them."""
        own = next((variant.parts for variant in self.variants if variant.content == content), ())
        is_own = content is not None and (not own or part.removesuffix(".liquid") in own)
        return f"{self.name}/{content}/{part}" if is_own else f"{self.name}/{part}"

    @property
    def tokens(self) -> list[str]:
        """All tokens of its templates."""
        offered = {name for variant in self.variants for name in variant.offer}
        events = sorted(f"event.{name}" for name in {*self.columns, *offered} - ROUTING)
        return [*events, *(PRODUCT if "product_id" in self.columns else ()), *COMMON]


def cleaned(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Values by object and name, as they may stand in a message: on one line, without control characters, not longer than LONGEST_VALUE.

    What is empty is left out, so that a template's default holds; so is a name that is none, and a link that is no web address.
    """
    return {
        name: {key: kept for key, value in entries.items() if (kept := _clean(f"{name}.{key}", value)) is not None}
        for name, entries in values.items()
    }


def _clean(token: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [kept for item in value if (kept := _clean(token, item)) is not None]
    if not isinstance(value, str):
        return value
    is_plain = value.isascii() and value.isprintable()
    text = " ".join((value if is_plain else _CONTROL.sub(" ", unicodedata.normalize("NFC", value))).split())
    if token.endswith("url") or token.startswith("links."):
        return text if re.fullmatch(r"https?://[^\s<>\"']+", text) else None
    if token.startswith("person.") and token.endswith("_name") and (len(text) > LONGEST_NAME or _NO_NAME.search(text)):
        return None
    return (text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…") or None


def present(values: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The tokens that have a value."""
    return {f"{name}.{key}" for name, entries in values.items() for key, value in entries.items() if value not in (None, [])}


def closest(name: str, known: Iterable[str]) -> str:
    """`: did you mean …?` where a known name is alike."""
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f" (did you mean {found[0]}?)" if found else ""
