"""A server that answers as Brevo's API v3 does, as far as the destination asks, and refuses what it would refuse.

A little longer than most files: one story.
"""

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from api_kit import Asked, Reply

KEY = "xkeysib-secret"
IMPORT = {"jsonBody", "listIds", "updateExistingContacts", "emptyContactsAttributes", "disableNotification"}
MAIL = {"sender", "to", "subject", "htmlContent", "textContent", "tags", "headers"}
SMS = {"sender", "recipient", "content", "type", "tag", "unicodeEnabled"}


def error(code: str, message: str, status: int = 400) -> Reply:
    return Reply({"code": code, "message": message}, status)


@dataclass
class Account:
    """Contacts by address; lists and who is on them; what was sent, in the order it came. `url` is where reports can be fetched."""

    url: str = ""
    attributes: dict[str, str] = field(default_factory=lambda: {"FIRSTNAME": "text", "LASTNAME": "text", "SMS": "text"})
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: list[dict[str, Any]] = field(default_factory=list)
    folders: list[dict[str, Any]] = field(default_factory=list)
    on: dict[int, set[str]] = field(default_factory=dict)
    processes: list[dict[str, Any]] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    blocked: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/reports/"):
            assert "api-key" not in asked.headers, "the key goes to nobody else"
            return Reply(self.reports[int(asked.path.rpartition("/")[2])].encode())
        assert asked.headers["api-key"] == KEY and asked.path.startswith("/v3")
        routes = {
            ("GET", "/contacts/attributes"): lambda _: Reply(
                {"attributes": [{"name": one, "type": kind} for one, kind in self.attributes.items()]}
            ),
            ("POST", r"/contacts/attributes/normal/[A-Z0-9_]{1,50}"): self._attribute,
            ("GET", "/contacts/(lists|folders)"): self._listed,
            ("POST", "/contacts/(lists|folders)"): self._new,
            ("POST", "/contacts/import"): self._import,
            ("GET", r"/processes/\d+"): self._process,
            ("POST", r"/contacts/lists/\d+/contacts/remove"): self._remove,
            ("GET", r"/contacts/lists/\d+/contacts"): self._members,
            ("POST", "/smtp/email"): self._mail,
            ("POST", "/transactionalSMS/sms"): self._sms,
            ("GET", "/(smtp|transactionalSMS)/statistics/events"): self._statistics,
            ("GET", "/smtp/blockedContacts"): lambda a: Reply({"count": len(self.blocked), "contacts": page(self.blocked, a)}),
            ("GET", "/contacts"): self._people,
            ("POST", "/events/batch"): self._events,
        }
        for (method, path), route in routes.items():
            if method == asked.method and re.fullmatch(f"/v3{path}", asked.path):
                return route(asked)
        return error("document_not_found", "no such thing", 404)

    def _attribute(self, asked: Asked) -> Reply:
        assert set(asked.body) == {"type"} and asked.body["type"] in ("text", "date", "float", "boolean")
        self.attributes[asked.path.rpartition("/")[2]] = asked.body["type"]
        return Reply(b"", 201)

    def _listed(self, asked: Asked) -> Reply:
        assert int(asked.params["limit"]) <= 50
        what = asked.path.rpartition("/")[2]
        return Reply({"count": len(getattr(self, what)), what: page(getattr(self, what), asked)})

    def _new(self, asked: Asked) -> Reply:
        what = asked.path.rpartition("/")[2]
        assert set(asked.body) == ({"name", "folderId"} if what == "lists" else {"name"})
        number = len(getattr(self, what)) + 1
        getattr(self, what).append({"id": number, **asked.body})
        self.on.setdefault(number, set())
        return Reply({"id": number}, 201)

    def _import(self, asked: Asked) -> Reply:
        assert set(asked.body) == IMPORT and int(asked.headers["Content-Length"]) <= 8_000_000
        assert all(isinstance(one, int) for one in asked.body["listIds"])
        invalid = []
        for one in asked.body["jsonBody"]:
            assert set(one) == {"email", "attributes"}
            assert all(isinstance(value, str | int | float | bool) for value in one["attributes"].values())
            assert not {"EMAIL", "BLACKLIST", "OPT_IN", "DOUBLE_OPT-IN"} & set(one["attributes"])
            if "bad" in one["email"]:
                invalid.append(one["email"])
                continue
            known = {name: value for name, value in one["attributes"].items() if name in self.attributes}
            self.contacts.setdefault(one["email"].lower(), {}).update(known)
            for number in asked.body["listIds"]:
                self.on[number].add(one["email"].lower())
        self.reports.append("EMAIL;FIRSTNAME\n" + "\n".join(f"{email};Ann" for email in invalid))
        url = f"{self.url}/reports/{len(self.reports) - 1}" if invalid else None
        info = {"import": {"invalid_emails": url, "duplicate_phone_id": None}}
        self.processes.append({"id": len(self.processes), "name": "IMPORTUSER", "looks": 0, "info": info})
        return Reply({"processId": len(self.processes) - 1}, 202)

    def _process(self, asked: Asked) -> Reply:
        process = self.processes[int(asked.path.rpartition("/")[2])]
        process["looks"] += 1
        status = process.get("status") or ("queued", "in_process", "completed")[min(process["looks"], 3) - 1]
        return Reply(
            {"id": process["id"], "name": "IMPORTUSER", "status": status, **({"info": process["info"]} if status == "completed" else {})}
        )

    def _remove(self, asked: Asked) -> Reply:
        assert set(asked.body) == {"emails"} and 1 <= len(asked.body["emails"]) <= 150
        number = int(asked.path.split("/")[4])
        gone = [one for one in asked.body["emails"] if one.lower() in self.on[number]]
        if not gone:
            return error("invalid_parameter", "Contact already removed from list and/or does not exist")
        self.on[number] -= {one.lower() for one in gone}
        return Reply({"contacts": {"success": gone, "failure": [one for one in asked.body["emails"] if one not in gone]}}, 201)

    def _members(self, asked: Asked) -> Reply:
        assert int(asked.params["limit"]) <= 500
        people = [
            {"id": number, "email": one, "attributes": self.contacts[one]}
            for number, one in enumerate(sorted(self.on[int(asked.path.split("/")[4])]))
        ]
        return Reply({"contacts": page(people, asked), "count": len(people)})

    def _people(self, asked: Asked) -> Reply:
        assert int(asked.params["limit"]) <= 1_000 and asked.params["sort"] == "asc"
        since = asked.params.get("modifiedSince", "")
        assert re.fullmatch(r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", since)
        people = [{"id": number, **one} for number, one in enumerate(self.people) if one["modifiedAt"] >= since]
        return Reply({"contacts": page(people, asked), "count": len(people)})

    def _mail(self, asked: Asked) -> Reply:
        assert set(asked.body) <= MAIL and {"sender", "to", "subject", "textContent"} <= set(asked.body)
        key = str(uuid.UUID(asked.body["headers"]["idempotencyKey"]))
        if key in self.keys:
            return error("duplicate_request", "Request already processed")
        self.keys.add(key)
        if "nobody" in asked.body["to"][0]["email"]:
            return error("invalid_parameter", f"{asked.body['to'][0]['email']} is not valid in to")
        self.sent.append(asked.body)
        return Reply({"messageId": f"<{len(self.sent)}@smtp-relay.mailin.fr>"}, 201)

    def _sms(self, asked: Asked) -> Reply:
        assert (
            set(asked.body) == SMS
            and re.fullmatch(r"\d{6,15}", asked.body["recipient"])
            and asked.body["type"] in ("transactional", "marketing")
        )
        assert re.fullmatch(r"[A-Za-z0-9]{1,11}|\d{12,15}", asked.body["sender"])
        self.sent.append(asked.body)
        return Reply({"reference": "ab1", "messageId": len(self.sent), "smsCount": 1, "usedCredits": 1, "remainingCredits": 9}, 201)

    def _statistics(self, asked: Asked) -> Reply:
        (tag,) = json.loads(asked.params["tags"])
        found = []
        for number, one in enumerate(self.sent, 1):
            tags = one.get("tags") or [one["tag"]]
            reached = one["to"][0]["email"] if "to" in one else one["recipient"]
            if tag in tags and reached == asked.params.get("email", asked.params.get("phoneNumber")):
                for kind in ("requests", "delivered") if "to" not in one else ("requests",):
                    found.append({"date": "2026-06-30T09:00:05.000Z", "event": kind, "messageId": str(number), "tag": tags[0]})
        return Reply({"events": found} if found else {})

    def _events(self, asked: Asked) -> Reply:
        assert set(asked.body) == {"events"}
        for one in asked.body["events"]:
            assert set(one) == {"event_name", "event_date", "identifiers", "event_properties"} and one["identifiers"]
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", one["event_name"]) and set(one["identifiers"]) <= {"email_id", "phone_id"}
            assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name) for name in one["event_properties"])
            assert all(isinstance(value, str | list | dict) or type(value) is int for value in one["event_properties"].values())
            assert len(json.dumps(one["event_properties"], ensure_ascii=False, separators=(",", ":")).encode()) <= 50_000
        self.events += asked.body["events"]
        return Reply({"message": "accepted", "count": len(asked.body["events"])}, 202)


def page(entries: list[Any], asked: Asked) -> list[Any]:
    start = int(asked.params.get("offset", 0))
    return entries[start : start + int(asked.params["limit"])]
