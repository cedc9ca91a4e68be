"""A server that answers as Customer.io's Track and App APIs do, as far as the destination asks, and refuses what they would refuse."""

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from api_kit import Asked, Reply
from ulid import ULID

SITE, KEY, APP_KEY = "site-1", "track-secret", "app-secret"
_UNSUBSCRIBED = {"field": "unsubscribed", "operator": "eq", "value": 0}
TRACK_AUTH = f"Basic {b64encode(f'{SITE}:{KEY}'.encode()).decode()}"


@dataclass
class Workspace:
    """People by id; the ids on each segment; events by ULID, the first of each kept."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    segments: dict[int, dict[str, Any]] = field(default_factory=dict)
    on: dict[int, set[str]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    campaigns: dict[int, bool] = field(default_factory=dict)
    suppressions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply:
        is_track = asked.path.startswith("/api/")
        assert asked.headers["Authorization"] == (TRACK_AUTH if is_track else f"Bearer {APP_KEY}")
        if asked.path == "/api/v2/batch":
            return self._batch(asked)
        if found := re.fullmatch(r"/api/v1/segments/(\d+)/(add|remove)_customers", asked.path):
            return self._change(int(found[1]), found[2], asked)
        if asked.path == "/v1/segments":
            return self._segments(asked)
        if found := re.fullmatch(r"/v1/segments/(\d+)/used_by", asked.path):
            return Reply({"segment_id": int(found[1]), "used_by": {"campaigns": list(self.campaigns)}})
        if found := re.fullmatch(r"/v1/segments/(\d+)/membership", asked.path):
            ids, start, limit = sorted(self.on[int(found[1])]), int(asked.params.get("start", 0)), 2
            assert int(asked.params["limit"]) <= 30_000
            people = [
                {"cio_id": f"c{one}", "id": one, "email": self.people.get(one, {}).get("email")} for one in ids[start : start + limit]
            ]
            return Reply({"identifiers": people, "ids": ids, "next": str(start + limit) if start + limit < len(ids) else ""})
        if found := re.fullmatch(r"/v1/campaigns/(\d+)", asked.path):
            return Reply({"campaign": {"id": int(found[1]), "active": self.campaigns[int(found[1])]}})
        if found := re.fullmatch(r"/v1/esp/suppression/(blocks|bounces|spam_reports|invalid_emails)", asked.path):
            offset = int(asked.params["offset"])
            return Reply({"suppressions": self.suppressions.get(found[1], [])[offset : offset + int(asked.params["limit"])]})
        if asked.path == "/v1/customers":
            return self._search(asked)
        return Reply({"meta": {"error": "not found"}}, 404)

    def _search(self, asked: Asked) -> Reply:
        assert asked.method == "POST" and set(asked.params) <= {"start", "limit"} and int(asked.params["limit"]) <= 1_000
        (wanted,) = asked.body["filter"].values()
        values = [one["attribute"]["value"] for one in wanted if one["attribute"] | {"value": 0} == _UNSUBSCRIBED]
        found = [
            {"cio_id": f"c{key}", "id": key, "email": one.get("email")}
            for key, one in self.people.items()
            if one.get("unsubscribed") in values
        ]
        start, limit = int(asked.params.get("start", 0)), int(asked.params["limit"])
        return Reply({"identifiers": found[start : start + limit], "next": str(start + limit) if start + limit < len(found) else ""})

    def _batch(self, asked: Asked) -> Reply:
        assert int(asked.headers["Content-Length"]) < 500_000
        assert set(asked.body) == {"batch"}
        errors = []
        for index, entry in enumerate(asked.body["batch"]):
            assert len(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()) <= 32_768
            if error := wrong(entry):
                errors.append({"batch_index": index, **error})
            elif entry["action"] == "identify":
                self.people.setdefault(entry["identifiers"]["id"], {}).update(entry["attributes"])
            else:
                self.events.setdefault(entry["id"], entry)
        return Reply({"errors": errors}, 207) if errors else Reply({})

    def _change(self, segment: int, what: str, asked: Asked) -> Reply:
        ids, id_type = asked.body["ids"], asked.params.get("id_type", "id")
        if not 1 <= len(ids) <= 1_000 or id_type not in ("id", "email", "cio_id") or not all(isinstance(one, str) for one in ids):
            return Reply({"errors": [{"reason": "invalid", "field": "ids", "message": "bad ids"}]}, 400)
        if id_type == "email":
            ids = [one for one, person in self.people.items() if person.get("email") in ids]
        self.on[segment] = self.on[segment] | set(ids) if what == "add" else self.on[segment] - set(ids)
        return Reply({})

    def _segments(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply({"segments": list(self.segments.values())})
        assert set(asked.body) == {"segment"} and set(asked.body["segment"]) <= {"name", "description"}
        number = len(self.segments) + 1
        self.segments[number] = {"id": number, "name": asked.body["segment"]["name"], "type": "manual"}
        self.on[number] = set()
        return Reply({"segment": self.segments[number]})


def wrong(entry: dict[str, Any]) -> dict[str, str] | None:
    """What Customer.io would say of an entry of a batch; also what must never be sent to it."""
    assert entry["type"] == "person" and entry["action"] in ("identify", "event"), "nobody is suppressed, let in again or deleted"
    assert list(entry["identifiers"]) in (["id"], ["email"], ["phone"])
    assert all(isinstance(one, str) and 1 <= len(one.encode()) <= 150 for one in entry["identifiers"].values())
    attributes = entry["attributes"]
    if entry["action"] == "identify":
        assert set(entry) == {"type", "action", "identifiers", "attributes"}
        assert not [name for name in attributes if name.lower().startswith(("cio_", "_")) or name.lower() in ("unsubscribed", "id")]
        assert len(attributes) <= 300 and all(len(name.encode()) <= 150 for name in attributes)
        texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in attributes.values()]
        assert all(len(text.encode("utf-8", "replace")) <= 1_000 for text in texts)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", attributes.get("email", "a@b")):
            return {"reason": "invalid", "field": "email", "message": f"{attributes['email']} is no address"}
        return None
    assert set(entry) == {"type", "action", "identifiers", "name", "id", "timestamp", "attributes"}
    assert isinstance(entry["timestamp"], int) and len(entry["name"].encode()) <= 100
    ULID.from_str(entry["id"])
    return None
