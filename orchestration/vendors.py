"""Each vendor's destination made from its variables: what it needs, and how it takes them. A new vendor gets its line in VENDORS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from activations.destination import Destination
from activations.destinations import File, Klaviyo, SendGrid, Smtp, Twilio
from orchestration.resources import Outside, now


@dataclass(frozen=True, slots=True)
class Given:
    """What a destination is made from. data: the product's own folder."""

    name: str
    outside: Outside
    data: Path

    def variable(self, setting: str) -> str:
        """The variable that holds a setting."""
        return f"{self.name.upper()}_{setting}"

    def setting(self, setting: str) -> str:
        """What its variable holds, `` where it is not set."""
        return self.outside.setting(self.variable(setting))

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


def _sendgrid(given: Given) -> Destination:
    """The group is the number of the unsubscribe group that marketing messages belong to."""
    group = given.setting("UNSUBSCRIBE_GROUP")
    return SendGrid(
        given.setting("API_KEY"),
        sender=given.setting("SENDER"),
        unsubscribe_group=given.number("UNSUBSCRIBE_GROUP") if group else None,
        base_url=given.setting("URL") or "https://api.sendgrid.com",
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
        is_one_click=given.setting("ONE_CLICK") == "true",
        name=given.name,
    )


def _csv_file(given: Given) -> Destination:
    return File(given.data / "exports", name=given.name)


VENDORS: dict[str, Vendor] = {
    "klaviyo": Vendor(("API_KEY",), _klaviyo),
    "sendgrid": Vendor(("API_KEY",), _sendgrid, ("SENDER",)),
    "smtp": Vendor(("HOST", "SENDER"), _smtp),
    "twilio": Vendor(("ACCOUNT_SID", "AUTH_TOKEN", "SENDER"), _twilio),
    "csv_file": Vendor((), _csv_file),
}
