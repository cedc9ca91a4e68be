"""The destinations of this deployment by name. Only those that the policy names are made.

A name is a vendor's, or a vendor's with a word of your own behind it (`klaviyo_uk`), for a second account: its variables then begin with
KLAVIYO_UK_. How each is made stands in vendors.py.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

from activations.destination import Destination, Work
from activations.ledger.pace import SharedPacer
from activations.transport.pacing import Pacer
from orchestration.delivery_policy import DeliveryPolicy, PolicyError, delivery_policy
from orchestration.resources import Folders, Outside
from orchestration.systems import PROJECT
from orchestration.vendors import VENDORS, Given


class DestinationError(ValueError):
    """A destination that the policy names cannot be made; the message names the variables that are missing, and never what any holds."""


def vendor_of(name: str) -> str | None:
    """The vendor that a destination's name begins with, the longest where several do; None where none does."""
    return max((vendor for vendor in VENDORS if name == vendor or name.startswith(f"{vendor}_")), key=len, default=None)


def policy_of(project: Path = PROJECT) -> DeliveryPolicy:
    """What dbt_project.yml says of delivery, as it is now. Raises PolicyError."""
    return _read(project, project.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _read(project: Path, _: int) -> DeliveryPolicy:
    return delivery_policy(lambda name: vendor_of(name) is not None, VENDORS, project)


def destinations(names: Iterable[str], outside: Outside, folders: Folders, *, for_messages: bool = False) -> dict[str, Destination]:
    """The destinations of these names. Raises DestinationError for all that is missing, of all of them at once."""
    made: dict[str, Destination] = {}
    wrong: list[str] = []
    for name in dict.fromkeys(names):
        vendor = VENDORS[vendor_of(name) or ""]
        given = Given(name, outside, folders.data, pacer(outside.ledger_url))
        needs = (*vendor.needs, *(vendor.needs_to_write if for_messages else ()))
        if missing := [given.variable(need) for need in needs if not given.setting(need)]:
            wrong.append(f"{name} needs {' and '.join(missing)}")
            continue
        try:
            made[name] = vendor.make(given)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        remedy = "set what is missing in .env (.env.example says what it is), or take the destination out of dbt_project.yml"
        raise DestinationError(f"{'; '.join(wrong)}: {remedy}")
    return made


@functools.cache
def pacer(ledger_url: str) -> Pacer:
    """Who keeps this process within the providers' limits; where the ledger is a PostgreSQL, together with all others that use it."""
    return SharedPacer(ledger_url) if ledger_url.startswith("postgresql") else Pacer()


def message_destinations(policy: DeliveryPolicy, outside: Outside, folders: Folders) -> dict[str, Destination]:
    """Those that carry messages. Raises DestinationError, PolicyError where one of them cannot."""
    made = destinations(policy.messages.values(), outside, folders, for_messages=True)
    for channel, name in policy.messages.items():
        if Work.MESSAGE not in made[name].abilities:
            raise PolicyError(f"dbt_project.yml, vars.destination_{channel}: {name} takes no messages")
    return made
