"""Twilio's status callbacks: a form for each step of a message, signed with the account's token."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

from demo.provider import ids

_STATUS = {"sent": "sent", "delivered": "delivered", "bounced": "undelivered"}


def request(row: dict[str, Any], token: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers: the signature is of the address and of the form's names and values in the order of the names."""
    sid, status = ids.sid(row["seq"]), _STATUS[row["event"]]
    form = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "AccountSid": row["account"]}
    form |= {"To": row["address"], "From": row["sender"] or "+15005550006", "ApiVersion": "2010-04-01"}
    if row["service"]:
        form["MessagingServiceSid"] = row["service"]
    if status == "undelivered":
        form["ErrorCode"] = "30005"
    signed = row["callback"] + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return urlencode(form).encode(), headers
