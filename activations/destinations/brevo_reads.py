"""What must be there in Brevo before contacts go in, and what is asked of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from activations.destination import Found, ListMember, Suppression
from activations.destinations.as_json import as_json
from activations.destinations.brevo_answers import document
from activations.destinations.brevo_rows import attribute_name, marker, phone_digits
from activations.destinations.rows import PEOPLE
from activations.model import Message
from activations.transport.http import Http

_FOLDER = "Regulars"
_OVERLAP = timedelta(minutes=10)
_LISTED, _MEMBERS, _BLOCKED, _CONTACTS = 50, 500, 100, 1_000
_REASONS = {"hardBounce": "bounced", "contactFlaggedAsSpam": "complained", "adminBlocked": "blocked"}


class Reads:
    """Over one account's API."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._left_since: tuple[datetime | None, datetime | None, dict[str, Suppression]] | None = None
        """From when it was asked, from when to ask the next time, and who was found by then."""

    def prepare(self, audience: str, columns: pa.Schema) -> str:
        """Attributes first, since an import drops silently what it does not know; then the list, in a folder of our own."""
        there = {one["name"].upper() for one in self.get("/contacts/attributes", endpoint="contacts")["attributes"]}
        wanted = {field.name: _kind(field.type) for field in columns if field.name not in (*PEOPLE, "audience", "row_hash")}
        for column, kind in (wanted | {"profile_id": "text"}).items():
            if (name := attribute_name(column)) not in there:
                self._post(f"/contacts/attributes/normal/{name}", {"type": kind}, expects_json=False)
        if found := self.list_named(audience):
            return found
        folder = next((one["id"] for one in self._all("/contacts/folders", "folders", _LISTED) if one["name"] == _FOLDER), None)
        folder = folder or self._post("/contacts/folders", {"name": _FOLDER})["id"]
        return str(self._post("/contacts/lists", {"name": audience, "folderId": folder})["id"])

    def list_named(self, name: str) -> str | None:
        return next((str(one["id"]) for one in self._all("/contacts/lists", "lists", _LISTED) if one["name"] == name), None)

    def members(self, target: str, cursor: str | None) -> tuple[list[ListMember], str | None]:
        offset = int(cursor or 0)
        params = {"limit": str(_MEMBERS), "offset": str(offset), "sort": "asc"}
        page = self.get(f"/contacts/lists/{target}/contacts", params, endpoint="contacts").get("contacts") or []
        ours = attribute_name("profile_id")
        known = [(one, one.get("attributes") or {}) for one in page]
        found = [ListMember(str(one["id"]), more.get(ours), one.get("email") or more.get("SMS"), more.get("SMS")) for one, more in known]
        return found, str(offset + len(page)) if len(page) == _MEMBERS else None

    def mails(self, message: Message, since: datetime) -> list[Found]:
        """By recipient and tag. What was asked of Brevo shows there after a while only."""
        params = {"email": message.address, "event": "requests", "tags": as_json([marker(message)]).decode(), "sort": "asc"}
        events = self.get("/smtp/statistics/events", params, endpoint="statistics").get("events") or []
        return _found([one for one in events if marker(message) in f"{one.get('tag')} {one.get('tags')}"], since)

    def texts(self, message: Message, since: datetime) -> list[Found]:
        params = {"phoneNumber": message.address.removeprefix("+"), "tags": as_json([marker(message)]).decode(), "sort": "asc"}
        events = self.get("/transactionalSMS/statistics/events", params, endpoint="sms statistics").get("events") or []
        return _found([one for one in events if one.get("tag") == marker(message)], since)

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        """Brevo's two lists: who is blocked from transactional e-mail, newest first as far back as `since`; and of the contacts that
        were changed since then those who left campaigns, for whom Brevo has no list and tells no time.
        """
        for one in self._all("/smtp/blockedContacts", "contacts", _BLOCKED, endpoint="blocked", sort="desc"):
            at = _time(one["blockedAt"])
            if since is not None and at < since:
                break
            reason = str((one.get("reason") or {}).get("code") or "")
            yield Suppression(one["email"], "email", _REASONS.get(reason, "unsubscribed" if "unsub" in reason else "blocked"), at)
        yield from self._left(since)

    def _left(self, since: datetime | None) -> list[Suppression]:
        """Who left campaigns. Whom it has read since then already it does not read again: in a large audience that takes minutes."""
        if self._left_since is None or self._left_since[0] != since:
            self._left_since = since, since, {}
        _, start, found = self._left_since
        changed = (
            {} if start is None else {"modifiedSince": start.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        )
        latest = start
        for one in self._all("/contacts", "contacts", _CONTACTS, sort="asc", **changed):
            phone = phone_digits((one.get("attributes") or {}).get("SMS"))
            if one.get("emailBlacklisted") and one.get("email"):
                found[one["email"]] = Suppression(one["email"], "email", "unsubscribed", None)
            if one.get("smsBlacklisted") and phone:
                found[f"+{phone}"] = Suppression(f"+{phone}", "sms", "unsubscribed", None)
            at = _time(one["modifiedAt"]) - _OVERLAP  # by Brevo's clock
            latest = at if latest is None else max(at, latest)
        self._left_since = since, latest, found
        return list(found.values())

    def get(self, path: str, params: dict[str, str] | None = None, *, endpoint: str) -> dict[str, Any]:
        return document(self._http.ask("GET", path, params=params or {}, endpoint=endpoint))

    def _all(self, path: str, what: str, size: int, *, endpoint: str = "contacts", **more: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while page := self.get(path, {"limit": str(size), "offset": str(offset), **more}, endpoint=endpoint).get(what) or []:
            yield from page
            offset += len(page)
            if len(page) < size:
                return

    def _post(self, path: str, body: dict[str, Any], *, expects_json: bool = True) -> dict[str, Any]:
        answer = self._http.ask("POST", path, data=as_json(body), expects_json=expects_json, endpoint="contacts")
        return document(answer) if expects_json or not answer.is_success else {}


def _found(events: list[dict[str, Any]], since: datetime) -> list[Found]:
    """A message has several events; its first tells when it came to be."""
    first: dict[str, datetime] = {}
    for one in events:
        at = _time(one["date"])
        ref = str(one["messageId"])
        first[ref] = min(first.get(ref, at), at)
    return sorted((Found(ref, at) for ref, at in first.items() if at >= since), key=lambda one: one.created_at)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _kind(type_: pa.DataType) -> str:
    if kinds.is_boolean(type_):
        return "boolean"
    if kinds.is_integer(type_) or kinds.is_floating(type_) or kinds.is_decimal(type_):
        return "float"
    return "date" if kinds.is_date(type_) or kinds.is_timestamp(type_) else "text"
