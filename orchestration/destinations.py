"""The destinations of this deployment by name: which variables each is made from, and how. Only those that the policy names are made.

A name is a vendor's, or a vendor's with a word of your own behind it (`klaviyo_uk`), for a second account: its variables then begin with
KLAVIYO_UK_. A new vendor gets its line in VENDORS.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from activations.destination import Destination, Work
from activations.destinations import CsvFile, Klaviyo, Twilio
from orchestration.delivery_policy import DeliveryPolicy, PolicyError, delivery_policy
from orchestration.resources import Folders, Outside
from orchestration.systems import PROJECT


class DestinationError(ValueError):
    """A destination that the policy names cannot be made; the message names the variables that are missing, and never what any holds."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a destination is made from. setting: the value of its variable, `` where it is not set; data: the product's own folder."""

    name: str
    setting: Callable[[str], str]
    data: Path


@dataclass(frozen=True, slots=True)
class Vendor:
    """needs: settings without which it cannot be made."""

    needs: tuple[str, ...]
    make: Callable[[Given], Destination]


def _klaviyo(given: Given) -> Destination:
    return Klaviyo(given.setting("API_KEY"), base_url=given.setting("URL") or "https://a.klaviyo.com", name=given.name)


def _twilio(given: Given) -> Destination:
    """The sender is a number or a messaging service."""
    sender = given.setting("SENDER")
    return Twilio(
        given.setting("ACCOUNT_SID"),
        given.setting("AUTH_TOKEN"),
        messaging_service_sid=sender if sender.startswith("MG") else None,
        from_number=None if sender.startswith("MG") else sender,
        status_callback=given.setting("STATUS_CALLBACK") or None,
        base_url=given.setting("URL") or "https://api.twilio.com",
        name=given.name,
    )


def _csv_file(given: Given) -> Destination:
    return CsvFile(given.data / "exports", name=given.name)


VENDORS: dict[str, Vendor] = {
    "klaviyo": Vendor(("API_KEY",), _klaviyo),
    "twilio": Vendor(("ACCOUNT_SID", "AUTH_TOKEN", "SENDER"), _twilio),
    "csv_file": Vendor((), _csv_file),
}


def vendor_of(name: str) -> str | None:
    """The vendor that a destination's name begins with, the longest where several do; None where none does."""
    return max((vendor for vendor in VENDORS if name == vendor or name.startswith(f"{vendor}_")), key=len, default=None)


def policy_of(project: Path = PROJECT) -> DeliveryPolicy:
    """What dbt_project.yml says of delivery, as it is now. Raises PolicyError."""
    return _read(project, project.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _read(project: Path, _: int) -> DeliveryPolicy:
    return delivery_policy(lambda name: vendor_of(name) is not None, VENDORS, project)


def destinations(names: Iterable[str], outside: Outside, folders: Folders) -> dict[str, Destination]:
    """The destinations of these names. Raises DestinationError for all that is missing, of all of them at once."""
    made: dict[str, Destination] = {}
    wrong: list[str] = []
    for name in dict.fromkeys(names):
        vendor = VENDORS[vendor_of(name) or ""]

        def setting(variable: str, prefix: str = f"{name.upper()}_") -> str:
            return outside.setting(prefix + variable)

        if missing := [f"{name.upper()}_{need}" for need in vendor.needs if not setting(need)]:
            wrong.append(f"{name} needs {' and '.join(missing)}")
            continue
        try:
            made[name] = vendor.make(Given(name, setting, folders.data))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        remedy = "set what is missing in .env (.env.example says what it is), or take the destination out of dbt_project.yml"
        raise DestinationError(f"{'; '.join(wrong)}: {remedy}")
    return made


def message_destinations(policy: DeliveryPolicy, outside: Outside, folders: Folders) -> dict[str, Destination]:
    """Those that carry messages. Raises DestinationError, PolicyError where one of them cannot."""
    made = destinations(policy.messages.values(), outside, folders)
    for channel, name in policy.messages.items():
        if Work.MESSAGE not in made[name].abilities:
            raise PolicyError(f"dbt_project.yml, vars.destination_{channel}: {name} takes no messages")
    return made
