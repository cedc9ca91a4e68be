"""SendGrid's mail/send: a message for each recipient of each personalization. Nothing is de-duplicated."""

import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from demo.provider import ids
from demo.provider.checks import EMAIL
from demo.provider.context import Context, bulk_fault
from demo.provider.reactions import tell
from demo.provider.schema import to_json
from demo.provider.sendgrid_dialect import SendGridError, check_shape, read_body
from demo.provider.shapes import Shape

_MAX_BYTES, _MAX_PERSONALIZATIONS, _MAX_ARGS_BYTES = 30_000_000, 1_000, 10_000
_ADDRESS = {"email!": str, "name": str}
_PERSONALIZATION = {
    **dict.fromkeys(("headers", "substitutions", "dynamic_template_data", "custom_args"), dict),
    **{"from": _ADDRESS, "to!": [_ADDRESS, 1, 1_000], "cc": [_ADDRESS, 0, 1_000], "bcc": [_ADDRESS, 0, 1_000]},
    **{"subject": str, "send_at": int},
}
_MAIL = Shape(
    {
        "personalizations!": [_PERSONALIZATION, 1, _MAX_PERSONALIZATIONS],
        "from!": _ADDRESS,
        **{"reply_to": _ADDRESS, "reply_to_list": [_ADDRESS, 0, 1_000], "subject": str, "template_id": str, "custom_args": str},
        "content": [{"type!": str, "value!": str}, 1, 100],
        "attachments": [{"content!": str, "filename!": str, "type": str, "disposition": str, "content_id": str}, 0, 1_000],
        **{"headers": dict, "categories": [str, 0, 10], "send_at": int, "batch_id": str, "ip_pool_name": str},
        **dict.fromkeys(("asm", "mail_settings", "tracking_settings"), dict),
    }
)


async def send(request: Request, context: Context) -> Response:
    """POST /v3/mail/send: 202 without a body; X-Message-Id begins the sg_message_id of each of its messages' events."""
    body, size = await read_body(request, _MAX_BYTES)
    check_shape(_MAIL, body)
    _check(body)
    if (body.get("mail_settings", {}).get("sandbox_mode") or {}).get("enable"):
        return Response(status_code=200)
    letters = [_letter(body, entry, address) for entry in body["personalizations"] for address in _recipients(entry)]
    fault = bulk_fault(request, size)
    if fault == "partial":
        letters = [letter for index, letter in enumerate(letters) if index % 3 != 2]
    with context.state.transaction() as connection:
        if fault == "drop_oversize":
            letters = []
        first = connection.execute("select coalesce(max(seq), 0) + 1 from messages").fetchone()[0]
        message_id = ids.long_id(ids.MESSAGE, first)
        _deliver(connection, letters, message_id, context)
    return Response(status_code=202, headers={"X-Message-Id": message_id})


def _check(body: dict[str, Any]) -> None:
    has_template = "template_id" in body
    for index, entry in enumerate(body["personalizations"]):
        place = f"personalizations.{index}"
        seen: set[str] = set()
        for kind in ("to", "cc", "bcc"):
            for number, address in enumerate(entry.get(kind, [])):
                email = address["email"].strip().lower()
                if not EMAIL.fullmatch(email):
                    raise SendGridError(400, "Does not contain a valid address.", f"{place}.{kind}.{number}.email")
                if email in seen:
                    detail = "Each email address in the personalization block should be unique between to, cc, and bcc."
                    raise SendGridError(400, detail, place)
                seen.add(email)
        if not (entry.get("subject") or body.get("subject") or has_template):
            raise SendGridError(400, "The subject is required.", "subject")
        if len(to_json(entry.get("custom_args", {})).encode()) > _MAX_ARGS_BYTES:
            raise SendGridError(400, "The custom arguments must not exceed 10000 bytes.", f"{place}.custom_args")
    if not EMAIL.fullmatch(body["from"]["email"]):
        raise SendGridError(400, "The from email does not contain a valid address.", "from.email")
    if not (body.get("content") or has_template):
        raise SendGridError(400, "The content is required unless a template is given.", "content")
    if any(not part["value"] for part in body.get("content", [])):
        raise SendGridError(400, "The content value must be a string at least one character in length.", "content.0.value")


def _recipients(personalization: dict[str, Any]) -> list[str]:
    return [entry["email"].strip().lower() for kind in ("to", "cc", "bcc") for entry in personalization.get(kind, [])]


def _letter(body: dict[str, Any], entry: dict[str, Any], address: str) -> dict[str, Any]:
    texts = {part["type"]: part["value"] for part in body.get("content", [])}
    for tag, value in entry.get("substitutions", {}).items():
        texts = {kind: text.replace(tag, value) for kind, text in texts.items()}
    args = entry.get("custom_args", {})
    campaign = args.get("campaign") or next(iter(body.get("categories", [])), "E-mail")
    subject = entry.get("subject") or body.get("subject") or f"Template {body.get('template_id')}"
    letter = {"address": address, "campaign": str(campaign), "subject": subject, "body": texts.get("text/plain", "")}
    return letter | {
        "html": texts.get("text/html"),
        "message_key": args.get("message_key"),
        "args": args,
        "group": f"group {body.get('asm', {}).get('group_id')}",
    }


def _deliver(connection: sqlite3.Connection, letters: list[dict[str, Any]], message_id: str, context: Context) -> None:
    first_us, callback = context.clock.now_us(max(len(letters), 1)), context.callbacks.address(context.options.sendgrid_webhook)
    query = "select 1 from sendgrid_suppressions where address = ? and (kind not like 'group %' or kind = ?)"
    for offset, letter in enumerate(letters):
        # Who is suppressed gets nothing, and the sender hears of it from the events alone.
        is_dropped = connection.execute(query, (letter["address"], letter["group"])).fetchone() is not None
        row = connection.execute(
            "insert into messages (provider, channel, direction, status, segments, address, campaign, subject, body, html, message_key,"
            " accepted_us, service, args, callback) values ('sendgrid', 'email', ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning *",
            (
                *(("dropped", "dropped") if is_dropped else ("outbound", "accepted")),
                *(letter[name] for name in ("address", "campaign", "subject", "body", "html", "message_key")),
                *(first_us + offset, message_id, to_json(letter["args"]), callback),
            ),
        ).fetchone()
        tell(connection, row, "dropped" if is_dropped else "processed", first_us + offset)
