"""The values of one message: a row of the warehouse and what the shop says of itself, as the tokens of the templates."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

#: Addresses that are nobody's and never will be (RFC 2606): a shop that writes for real has links of its own.
_NOBODYS = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


@dataclass(frozen=True)
class Shop:
    """What every message says of the shop. In the links {message_id} tells the shop who follows them: never an address.

    address: the postal one, '' for none; product_url: with {product_id}.
    """

    name: str
    url: str
    unsubscribe_url: str
    preferences_url: str
    product_url: str = ""
    address: str = ""

    def problems(self, *, is_real: bool) -> list[str]:
        """What is wrong with it, in words; `is_real`: messages go to real people, so links must lead somewhere."""
        found = []
        for name in ("url", "unsubscribe_url", "preferences_url", "product_url"):
            link = getattr(self, name)
            host = urlsplit(link).hostname or ""
            variable = f"the variable {'shop_url' if name == 'url' else name}"
            if name == "product_url" and not link:
                continue
            if urlsplit(link).scheme not in ("http", "https") or not host:
                found.append(f"{variable} is no web address")
            elif is_real and (host in _NOBODYS or host.rpartition(".")[2] in _NOBODYS):
                found.append(f"{variable} still has the address of an example: {host}")
            if name in ("unsubscribe_url", "preferences_url") and "{message_id}" not in link:
                found.append(f"{variable} must have {{message_id}}, so that the shop knows who follows it")
        return found

    def product_link(self, product_id: str) -> str | None:
        """Where a product is found; None where the shop does not say."""
        return self.product_url.replace("{product_id}", quote(product_id, safe="")) or None

    def values(self, message_id: str) -> dict[str, dict[str, Any]]:
        """The tokens `shop.` and `links.` of one message."""
        links = {"unsubscribe": self.unsubscribe_url, "preferences": self.preferences_url}
        return {
            "shop": {"name": self.name, "url": self.url, "address": self.address},
            "links": {name: link.replace("{message_id}", quote(message_id, safe="")) for name, link in links.items()},
        }


def values_of(row: Mapping[str, Any], shop: Shop) -> dict[str, dict[str, Any]]:
    """A row of decisions.int_messages_tokened as the values that `write` takes: `person.first_name` is its column person_first_name."""
    values: dict[str, dict[str, Any]] = {"person": {}, "product": {}, "recommendations": {}}
    for column, value in row.items():
        name, _, key = column.partition("_")
        if name in values and value is not None:
            values[name][key] = value
    if row["product_id"] is not None:
        values["product"] |= {"id": row["product_id"], "url": shop.product_link(row["product_id"])}
    values["event"] = json.loads(row["event_tokens"] or "{}", parse_float=Decimal)
    return values | shop.values(row["message_id"])
