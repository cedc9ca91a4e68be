"""What the providers that the policy names say: what became of messages, and whom they must not write to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from activations.destination import Destination, ReadsSuppressions
from activations.transport.http import NoAnswer
from orchestration.destinations import policy_of, vendor_of
from orchestration.landing import Landing
from orchestration.resources import Outside
from orchestration.sources import klaviyo, twilio
from orchestration.sources.engagement import ENGAGEMENT, Engagement
from orchestration.sources.errors import SourceError
from orchestration.sources.suppressions import SUPPRESSIONS, Suppressed, row_of

Sleep = Callable[[float], None]


def engagement(outside: Outside, landing: Landing, sleep: Sleep = time.sleep) -> Iterator[Engagement]:
    """What became of messages since the last landing, and a little before; of the providers that can be asked. Raises SourceError."""
    for name in policy_of().names:
        told = {"klaviyo": _klaviyo, "twilio": _twilio}.get(vendor_of(name) or "")
        for row in told(name, outside, landing.since(ENGAGEMENT, destination=name), sleep) if told else ():
            yield {**row, "destination": name}


def _klaviyo(name: str, outside: Outside, since: datetime | None, sleep: Sleep) -> Iterator[Engagement]:
    url = outside.setting(f"{name.upper()}_URL") or "https://a.klaviyo.com"
    return klaviyo.engagement(url, _needed(outside, name, "API_KEY"), since, sleep=sleep)


def _twilio(name: str, outside: Outside, since: datetime | None, sleep: Sleep) -> Iterator[Engagement]:
    url = outside.setting(f"{name.upper()}_URL") or "https://api.twilio.com"
    account, token = _needed(outside, name, "ACCOUNT_SID"), _needed(outside, name, "AUTH_TOKEN")
    return twilio.engagement(url, account, token, since, sleep=sleep)


def _needed(outside: Outside, name: str, setting: str) -> str:
    variable = f"{name.upper()}_{setting}"
    if value := outside.setting(variable):
        return value
    raise SourceError(name, "", f"{variable} is not set.", "Set it in .env, or take the destination out of dbt_project.yml.")


def suppressed(destinations: Mapping[str, Destination], landing: Landing, seen_at: datetime) -> Iterator[Suppressed]:
    """Whom these must not write to, as they say, since the last landing and a little before. seen_at: aware; stands for the time of what a
    provider gives no time of. Raises SourceError."""
    for name, destination in destinations.items():
        if isinstance(destination, ReadsSuppressions):
            try:
                for one in destination.suppressed(landing.since(SUPPRESSIONS, destination=name)):
                    yield row_of(name, one, seen_at)
            except NoAnswer as failure:
                remedy = "Nothing was landed of it; the next run asks again."
                raise SourceError(name, "suppressions", f"it does not say whom it must not write to: {failure}.", remedy) from None
