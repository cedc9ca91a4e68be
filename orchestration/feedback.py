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
from orchestration.sources import brevo, customer_io, hubspot_mails, klaviyo, mailchimp, twilio
from orchestration.sources.engagement import ENGAGEMENT, Engagement
from orchestration.sources.errors import SourceError
from orchestration.sources.rest.fields import as_declared
from orchestration.sources.suppressions import SUPPRESSIONS, Suppressed, row_of

Sleep = Callable[[float], None]


def engagement(outside: Outside, landing: Landing, sleep: Sleep = time.sleep, as_of: datetime | None = None) -> Iterator[Engagement]:
    """What became of messages since the last landing, and a little before; of the providers that can be asked. as_of: aware; without it
    only those are asked that are quick enough for a last look. Raises SourceError."""
    for name in policy_of().names:
        vendor, since = vendor_of(name) or "", landing.since(ENGAGEMENT, destination=name)
        told: Iterator[Engagement] = iter(())
        if vendor in _ALWAYS:
            told = _ALWAYS[vendor](name, outside, since, sleep)
        elif vendor in _WHERE_WANTED and as_of is not None and outside.setting(f"{name.upper()}_POLL") == "true":
            told = _WHERE_WANTED[vendor](name, outside, since, as_of, sleep)
        with as_declared(vendor, "engagement"):
            for row in told:
                row["destination"] = name
                yield row


def _klaviyo(name: str, outside: Outside, since: datetime | None, sleep: Sleep) -> Iterator[Engagement]:
    url = outside.setting(f"{name.upper()}_URL") or "https://a.klaviyo.com"
    return klaviyo.engagement(url, _needed(outside, name, "API_KEY"), since, sleep=sleep)


def _twilio(name: str, outside: Outside, since: datetime | None, sleep: Sleep) -> Iterator[Engagement]:
    url = outside.setting(f"{name.upper()}_URL") or "https://api.twilio.com"
    account, token = _needed(outside, name, "ACCOUNT_SID"), _needed(outside, name, "AUTH_TOKEN")
    return twilio.engagement(url, account, token, since, sleep=sleep)


def _brevo(name: str, outside: Outside, since: datetime | None, as_of: datetime, sleep: Sleep) -> Iterator[Engagement]:
    url = outside.setting(f"{name.upper()}_URL") or "https://api.brevo.com/v3"
    return brevo.engagement(url, _needed(outside, name, "API_KEY"), since, as_of, sleep=sleep)


def _hubspot(name: str, outside: Outside, since: datetime | None, as_of: datetime, sleep: Sleep) -> Iterator[Engagement]:
    url = outside.setting(f"{name.upper()}_URL") or "https://api.hubapi.com"
    return hubspot_mails.engagement(url, _needed(outside, name, "TOKEN"), since, as_of, sleep=sleep)


def _mailchimp(name: str, outside: Outside, since: datetime | None, as_of: datetime, sleep: Sleep) -> Iterator[Engagement]:
    key = _needed(outside, name, "API_KEY")
    url = outside.setting(f"{name.upper()}_URL") or f"https://{key.rpartition('-')[2]}.api.mailchimp.com"
    return mailchimp.engagement(url, key, since, as_of, sleep=sleep)


def _customer_io(name: str, outside: Outside, since: datetime | None, as_of: datetime, sleep: Sleep) -> Iterator[Engagement]:
    region = "-eu" if outside.setting(f"{name.upper()}_REGION") == "eu" else ""
    url = outside.setting(f"{name.upper()}_URL") or f"https://api{region}.customer.io"
    return customer_io.engagement(url, _needed(outside, name, "APP_KEY"), since, as_of, sleep=sleep)


_ALWAYS = {"klaviyo": _klaviyo, "twilio": _twilio}
#: Beside their webhooks, or instead, where <NAME>_POLL is true. SendGrid lists events for a paid add-on alone, Mailchimp Transactional no
#: more than a thousand messages of a day: they have their webhooks.
_WHERE_WANTED = {"brevo": _brevo, "hubspot": _hubspot, "mailchimp": _mailchimp, "customer_io": _customer_io}


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
