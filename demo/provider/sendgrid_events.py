"""SendGrid's event webhook: lists of events, signed with a key whose public half can be asked for."""

import base64
import hashlib
import time
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from demo.provider import ids
from demo.provider.state import ProviderState

_EVENTS = {"opened": "open", "clicked": "click", "bounced": "bounce", "complained": "spamreport", "unsubscribed": "unsubscribe"}
_MORE: dict[str, dict[str, Any]] = {
    "delivered": {"response": "250 OK"},
    "bounce": {"type": "bounce", "reason": "550 5.1.1 The email account does not exist.", "status": "5.1.1"},
    "dropped": {"reason": "Unsubscribed Address"},
    "click": {"url": "https://shop.example.com/"},
}


def request(rows: list[dict[str, Any]], state: ProviderState) -> tuple[bytes, dict[str, str]]:
    """Body and headers: the signature is of the timestamp and the body, to be checked before the body is read."""
    body = orjson.dumps([_event(row) for row in rows])
    timestamp = str(int(time.time()))
    signature = key_of(state).sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        "Content-Type": "application/json",
    }
    return body, headers


def _event(row: dict[str, Any]) -> dict[str, Any]:
    event = _EVENTS.get(row["event"], row["event"])
    digest = hashlib.sha256(f"{row['seq']} {row['callback_seq']}".encode()).digest()[:16]
    own = {
        "email": row["address"],
        "timestamp": row["at_us"] // 1_000_000,
        "smtp-id": f"<{ids.long_id(ids.MESSAGE, row['seq'])}@geopod-ismtpd-0>",
        "event": event,
        "category": [row["campaign"]],
        "sg_event_id": base64.urlsafe_b64encode(digest).decode().rstrip("="),  # the same when it is told again
        "sg_message_id": f"{row['service']}.recvd-0-{row['seq']:x}.0",
    }
    machine = {"sg_machine_open": bool(row["is_machine"])} if event == "open" else {}
    return {**orjson.loads(row["args"] or "{}"), **_MORE.get(event, {}), **machine, **own}


def key_of(state: ProviderState) -> ec.EllipticCurvePrivateKey:
    """The key of this provider's state, made when it is first needed."""
    with state.transaction() as connection:
        found = connection.execute("select value from secrets where name = 'event webhook'").fetchone()
        if found is not None:
            key = serialization.load_pem_private_key(found["value"].encode(), password=None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            return key
        made = ec.generate_private_key(ec.SECP256R1())
        kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        connection.execute("insert into secrets values ('event webhook', ?)", (made.private_bytes(*kind).decode(),))
        return made
