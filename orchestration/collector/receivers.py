"""Whose webhooks are taken here, and by what they prove themselves: as the environment says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from activations.webhooks.event import Vendor
from activations.webhooks.registry import VENDORS
from activations.webhooks.schemes import SCHEMES, Scheme, vendor_of

_ENDING = "_WEBHOOK_SECRET"


@dataclass(frozen=True)
class Receiver:
    """One address, `/webhooks/<name>`. name: the destination's. secrets: any of them proves the sender. told: what became of requests, by
    kept, repeated, and why refused."""

    name: str
    vendor: Vendor
    scheme: Scheme
    secrets: tuple[str, ...] = field(repr=False)
    told: Counter[str] = field(default_factory=Counter)


def receivers(secrets: Mapping[str, str], account_tokens: Mapping[str, str]) -> dict[str, Receiver]:
    """By destination's name. secrets: of `<NAME>_WEBHOOK_SECRET`; two with a comma between while one is replaced. account_tokens: of
    `<NAME>_AUTH_TOKEN`; Twilio signs with the account's own. Raises ValueError for a name of no vendor, and for an unfit secret."""
    tokens = {name: token for name, token in account_tokens.items() if vendor_of(name) == "twilio"}
    made: dict[str, Receiver] = {}
    for name, given in {**tokens, **secrets}.items():
        variable = name.upper() + (_ENDING if name in secrets else "_AUTH_TOKEN")
        vendor = vendor_of(name)
        if vendor is None or vendor not in VENDORS:
            raise ValueError(f"{variable}: {name} is no provider whose webhooks can be read; these can: {', '.join(sorted(VENDORS))}")
        scheme = SCHEMES[vendor]
        own = tuple(filter(None, (part.strip() for part in given.split(","))))
        for fault in filter(None, map(scheme.fault_of, own)):
            raise ValueError(f"{variable} {fault}")
        if own:
            made[name] = Receiver(name, VENDORS[vendor], scheme, own)
    return made
