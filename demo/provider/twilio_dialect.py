"""Twilio's dialect: its errors, what a message must have, and the message resource."""

import base64
import binascii
import re
import sqlite3
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider import ids
from demo.provider.clock import from_us

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_MAX_BODY = 1600
OPTED_OUT = (21610, "Attempt to send to unsubscribed recipient.")
# Twilio's own test numbers that always fail.
_MAGIC = {
    "+15005550001": (21211, "Invalid 'To' Phone Number."),
    "+15005550002": (21612, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters."),
    "+15005550004": OPTED_OUT,
    "+15005550009": (21614, "'To' number is not a valid mobile number."),
}
# Our word for what became of a message, in Twilio's words. Who answers STOP has got the message.
_STATUS = {"queued": "queued", "sent": "sent", "bounced": "undelivered"}


class TwilioError(Exception):
    """An answer in Twilio's error shape: HTTP status, Twilio's number, a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def error_answer(error: TwilioError, headers: dict[str, str] | None = None) -> Response:
    """The error as an HTTP answer."""
    body = {
        "code": error.code,
        "message": str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return JSONResponse(body, status_code=error.status, headers=headers)


def check_account(request: Request, token: str | None) -> str:
    """The account of the path; raises TwilioError unless Basic authentication names it or one of its keys (and `token`)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, secret = "", ""
    is_known = (_ACCOUNT.fullmatch(user) or user.startswith("SK")) and secret
    if scheme != "Basic" or not is_known or token not in (None, secret):
        raise TwilioError(401, 20003, "Authenticate")
    account = str(request.path_params["account"])
    if not _ACCOUNT.fullmatch(account) or (user.startswith("AC") and user != account):
        raise TwilioError(404, 20404, "The requested resource was not found")
    return account


def secret_of(request: Request) -> str:
    """The secret of a request whose account was checked."""
    return base64.b64decode(request.headers["authorization"].partition(" ")[2]).decode().partition(":")[2]


def check_form(form: dict[str, str]) -> None:
    """Raise TwilioError at the first thing that is missing or wrong in a message to be sent."""
    to, body = form.get("To", ""), form.get("Body", "")
    if not to:
        raise TwilioError(400, 21604, "A 'To' phone number is required.")
    if to in _MAGIC:
        raise TwilioError(400, *_MAGIC[to])
    if not _PHONE.fullmatch(to):
        raise TwilioError(400, 21211, "Invalid 'To' Phone Number.")
    if not (form.get("From") or form.get("MessagingServiceSid")):
        raise TwilioError(400, 21603, "A 'From' phone number is required.")
    if not (body or form.get("MediaUrl") or form.get("ContentSid")):
        raise TwilioError(400, 21602, "Message body is required.")
    if len(body) > _MAX_BODY:
        raise TwilioError(400, 21617, f"The concatenated message body exceeds the {_MAX_BODY} character limit.")


def segments(body: str) -> int:
    """How many SMS a text needs: 160 characters in one (70 beyond Latin 1), 153 (67) in each of several."""
    single, several = (160, 153) if all(ord(character) < 256 for character in body) else (70, 67)
    return 1 if len(body) <= single else -(-len(body) // several)


def message(row: sqlite3.Row) -> dict[str, Any]:
    """A row of `messages` as Twilio's message resource."""
    sid, is_inbound = ids.sid(row["seq"]), row["direction"] == "inbound"
    uri = f"/2010-04-01/Accounts/{row['account']}/Messages/{sid}"
    moment = format_datetime(from_us(row["accepted_us"]).replace(microsecond=0))
    is_failed = row["status"] == "bounced"
    return {
        "sid": sid,
        "account_sid": row["account"],
        "api_version": "2010-04-01",
        "to": row["sender"] if is_inbound else row["address"],
        "from": row["address"] if is_inbound else row["sender"],
        "messaging_service_sid": row["service"],
        "body": row["body"],
        "direction": "inbound" if is_inbound else "outbound-api",
        "status": "received" if is_inbound else _STATUS.get(row["status"], "delivered"),
        "num_segments": str(row["segments"]),
        "num_media": "0",
        "error_code": 30005 if is_failed else None,
        "error_message": "Unknown destination handset" if is_failed else None,
        "price": None,
        "price_unit": None,
        "date_created": moment,
        "date_sent": moment,
        "date_updated": moment,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "uri": f"{uri}.json",
    }
