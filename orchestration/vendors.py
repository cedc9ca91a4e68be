"""Each vendor's destination made from its variables: what it needs, and how it takes them. A new vendor gets its line in VENDORS.

Longer than most files: one function a vendor, one list of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from activations.destination import Destination
from activations.destinations import (
    Brevo,
    CustomerIo,
    File,
    HubSpot,
    Klaviyo,
    Mailchimp,
    MailchimpTransactional,
    SendGrid,
    Smtp,
    Twilio,
    Webhook,
)
from activations.transport.pacing import Pacer
from orchestration.resources import Outside, now


@dataclass(frozen=True, slots=True)
class Given:
    """What a destination is made from. data: the product's own folder; pacer: the deployment's."""

    name: str
    outside: Outside
    data: Path
    pacer: Pacer

    def variable(self, setting: str) -> str:
        """The variable that holds a setting."""
        return f"{self.name.upper()}_{setting}"

    def setting(self, setting: str) -> str:
        """What its variable holds, `` where it is not set."""
        return self.outside.setting(self.variable(setting))

    def url(self, vendor: str) -> str:
        """Where its API is: its variable, else the vendor's own."""
        return self.setting("URL") or vendor

    def is_true(self, setting: str) -> bool:
        """Whether its variable says so. Raises ValueError."""
        said = self.setting(setting).lower()
        if said not in ("", "true", "false"):
            raise ValueError(f"{self.variable(setting)} is true or false")
        return said == "true"

    def number(self, setting: str) -> int:
        """The same as a whole number. Raises ValueError."""
        try:
            return int(self.setting(setting))
        except ValueError:
            raise ValueError(f"{self.variable(setting)} is no whole number") from None


@dataclass(frozen=True, slots=True)
class Vendor:
    """needs: settings without which it cannot be made; needs_to_write: those without which it cannot carry messages."""

    needs: tuple[str, ...]
    make: Callable[[Given], Destination]
    needs_to_write: tuple[str, ...] = ()


def _klaviyo(given: Given) -> Destination:
    return Klaviyo(given.setting("API_KEY"), base_url=given.url("https://a.klaviyo.com"), pacer=given.pacer, name=given.name)


def _twilio(given: Given) -> Destination:
    """The sender is a number or a messaging service."""
    sender = given.setting("SENDER")
    return Twilio(
        given.setting("ACCOUNT_SID"),
        given.setting("AUTH_TOKEN"),
        messaging_service_sid=sender if sender.startswith("MG") else None,
        from_number=None if sender.startswith("MG") else sender,
        status_callback=given.setting("STATUS_CALLBACK") or None,
        base_url=given.url("https://api.twilio.com"),
        pacer=given.pacer,
        name=given.name,
    )


def _sendgrid(given: Given) -> Destination:
    """The group is the number of the unsubscribe group that marketing messages belong to."""
    return SendGrid(
        given.setting("API_KEY"),
        sender=given.setting("SENDER"),
        unsubscribe_group=given.number("UNSUBSCRIBE_GROUP") if given.setting("UNSUBSCRIBE_GROUP") else None,
        base_url=given.url("https://api.sendgrid.com"),
        pacer=given.pacer,
        name=given.name,
    )


def _mailchimp(given: Given) -> Destination:
    """What somebody becomes who is new there: not subscribed, unless the variable says otherwise."""
    status = given.setting("STATUS_IF_NEW") or "transactional"
    if status not in ("transactional", "subscribed", "pending", "unsubscribed"):
        raise ValueError(f"{given.variable('STATUS_IF_NEW')} is {status!r}; write transactional, subscribed, pending or unsubscribed")
    return Mailchimp(
        given.setting("API_KEY"),
        given.setting("AUDIENCE_ID"),
        status_if_new=status,  # type: ignore[arg-type]
        base_url=given.url(""),
        pacer=given.pacer,
        name=given.name,
    )


def _mailchimp_transactional(given: Given) -> Destination:
    return MailchimpTransactional(
        given.setting("API_KEY"),
        sender=given.setting("SENDER"),
        subaccount=given.setting("SUBACCOUNT"),
        base_url=given.url("https://mandrillapp.com/api/1.0"),
        pacer=given.pacer,
        name=given.name,
    )


def _customer_io(given: Given) -> Destination:
    """Audiences and suppressions want the key of the App API besides."""
    return CustomerIo(
        given.setting("SITE_ID"),
        given.setting("API_KEY"),
        app_key=given.setting("APP_KEY") or None,
        region=given.setting("REGION") or "us",
        pacer=given.pacer,
        name=given.name,
    )


def _hubspot(given: Given) -> Destination:
    return HubSpot(
        given.setting("TOKEN"),
        version=given.setting("API_VERSION") or "v3",
        base_url=given.url("https://api.hubapi.com"),
        pacer=given.pacer,
        name=given.name,
    )


def _brevo(given: Given) -> Destination:
    return Brevo(
        given.setting("API_KEY"),
        sender=given.setting("SENDER"),
        sms_sender=given.setting("SMS_SENDER"),
        base_url=given.url("https://api.brevo.com/v3"),
        pacer=given.pacer,
        name=given.name,
    )


def _smtp(given: Given) -> Destination:
    security = given.setting("SECURITY") or "starttls"
    if security not in ("starttls", "tls", "none"):
        raise ValueError(f"{given.variable('SECURITY')} is {security!r}; write starttls, tls or none")
    return Smtp(
        given.setting("HOST"),
        given.number("PORT") if given.setting("PORT") else 587,
        sender=given.setting("SENDER"),
        clock=now,
        user=given.setting("USER"),
        password=given.setting("PASSWORD"),
        security=security,  # type: ignore[arg-type]
        reply_to=given.setting("REPLY_TO"),
        is_one_click=given.is_true("ONE_CLICK"),
        name=given.name,
    )


def _webhook(given: Given) -> Destination:
    """Repeatable where who receives it says that it drops repeats by their id."""
    return Webhook(
        given.setting("URL"),
        given.setting("SECRET"),
        clock=now,
        is_repeatable=given.is_true("DROPS_REPEATS"),
        rows=given.number("ROWS") if given.setting("ROWS") else 100,
        pacer=given.pacer,
        name=given.name,
    )


def _file(kind: Literal["csv", "parquet"]) -> Callable[[Given], Destination]:
    """In `exports` where no other place is named."""

    def make(given: Given) -> Destination:
        options = {option: value for option in FILE_OPTIONS if (value := given.setting(option.upper()))}
        return File(given.setting("URL") or given.data / "exports", kind=kind, options=options, name=given.name)

    return make


#: For sftp:// alone; the clients of object stores find their credentials by themselves.
FILE_OPTIONS = ("username", "password", "key_filename", "host_key", "known_hosts")

VENDORS: dict[str, Vendor] = {
    "klaviyo": Vendor(("API_KEY",), _klaviyo),
    "sendgrid": Vendor(("API_KEY",), _sendgrid, ("SENDER",)),
    "mailchimp": Vendor(("API_KEY", "AUDIENCE_ID"), _mailchimp),
    "mailchimp_transactional": Vendor(("API_KEY", "SENDER"), _mailchimp_transactional),
    "customer_io": Vendor(("SITE_ID", "API_KEY"), _customer_io),
    "hubspot": Vendor(("TOKEN",), _hubspot),
    "brevo": Vendor(("API_KEY",), _brevo),
    "twilio": Vendor(("ACCOUNT_SID", "AUTH_TOKEN", "SENDER"), _twilio),
    "smtp": Vendor(("HOST", "SENDER"), _smtp),
    "webhook": Vendor(("URL", "SECRET"), _webhook),
    "csv_file": Vendor((), _file("csv")),
    "parquet_file": Vendor((), _file("parquet")),
}
