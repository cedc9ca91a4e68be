"""A server that answers as Mailchimp's Marketing API does, as far as the destination asks: contacts by the MD5 of their address, whose
status a PUT without one leaves alone; batches that end in an archive; segments that fail in part."""

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import Any

from api_kit import Asked, Reply

KEY = "0123456789abcdef-us6"
LIST = "a1b2c3"
Record = dict[str, Any]


def problem(status: int, title: str, detail: str, *errors: Record) -> Reply:
    return Reply(
        {"type": "https://mailchimp.com/developer", "title": title, "status": status, "detail": detail, "errors": list(errors)}, status
    )


def digest(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


@dataclass
class Account:
    """`host` is where archives lie; a batch takes `rounds` questions to finish."""

    host: str = ""
    rounds: int = 1
    contacts: dict[str, Record] = field(default_factory=dict)
    fields: list[Record] = field(default_factory=lambda: [{"tag": "FNAME", "name": "First Name", "type": "text"}])
    segments: list[Record] = field(default_factory=list)
    batches: dict[str, Record] = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    """Automations, by the address of whoever joined a segment."""

    def hold(self, email: str, status: str, **more: Any) -> None:
        changed = {"last_changed": "2026-06-01T00:00:00+00:00"}
        self.contacts[digest(email)] = {"id": digest(email), "email_address": email, "status": status, "merge_fields": {}} | changed | more

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/archives/"):
            assert "Authorization" not in asked.headers, "the key is for the API alone"
            return Reply(self.batches[asked.path.removeprefix("/archives/")]["archive"])
        if not asked.headers.get("Authorization", "").startswith("Basic "):
            return problem(401, "API Key Missing", "no")
        return self.operation(asked.method, asked.path.removeprefix("/3.0"), asked.params, asked.body)

    def operation(self, method: str, path: str, params: Record, body: Any) -> Reply:
        match method, path.strip("/").split("/"):
            case "PUT", ["lists", _, "members", key]:
                return self._put(key, body)
            case "POST", ["lists", _, "members", key, "tags"]:
                segment = next(each for each in self.segments if each["name"] == body["tags"][0]["name"])
                segment["members"].add(self.contacts[key]["email_address"])
                self.started += [] if body["is_syncing"] else [self.contacts[key]["email_address"]]
                return Reply(b"", 204)
            case "POST", ["lists", _, "members", key, "events"]:
                self.events.append(body)
                return Reply(b"", 204) if key in self.contacts else problem(404, "Resource Not Found", "no such contact")
            case "POST", ["batches"]:
                return self._start(body["operations"])
            case "GET", ["batches", key]:
                return self._state(self.batches[key])
            case "POST", ["lists", _, "segments", key]:
                return self._change(next(each for each in self.segments if each["id"] == int(key)), body)
            case "GET", ["lists", _, "segments", key]:
                return Reply({name: each[name] for each in self.segments if each["id"] == int(key) for name in ("id", "name")})
            case "POST", ["lists", _, "segments"]:
                self.segments.append({"id": 70 + len(self.segments), "name": body["name"], "type": "static", "members": set()})
                return Reply({"id": self.segments[-1]["id"]})
            case "POST", ["lists", _, "merge-fields"]:
                self.fields.append(body)
                return Reply(body)
            case "GET", ["lists", _, *rest]:
                return self._listed(rest, params)
        return problem(404, "Resource Not Found", "no")

    def _put(self, key: str, body: Record) -> Reply:
        if not self.contacts.get(key):
            if body["email_address"].startswith("fake"):
                wrong = {"field": "email_address", "message": "looks fake"}
                return problem(
                    400, "Invalid Resource", f"{body['email_address']} looks fake or invalid, please enter a real email address.", wrong
                )
            if key != digest(body["email_address"]):
                return problem(400, "Invalid Resource", "Schema describes object, but the address is another")
            self.hold(body["email_address"], body["status_if_new"])
        held = self.contacts[key]
        held |= {"status": body.get("status", held["status"]), "merge_fields": held["merge_fields"] | body["merge_fields"]}
        return Reply({name: held[name] for name in ("id", "email_address", "status")})

    def _start(self, operations: list[Record]) -> Reply:
        results = []
        for each in reversed(operations):  # the order is Mailchimp's
            reply = self.operation(each["method"], each["path"], each.get("params", {}), json.loads(each["body"]))
            text = reply.body.decode() if isinstance(reply.body, bytes) else json.dumps(reply.body)
            results.append({"status_code": reply.status, "operation_id": each["operation_id"], "response": text})
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for number, part in enumerate((results[:3], results[3:])):
                info = tarfile.TarInfo(f"./{number}.json")
                content = json.dumps(part).encode()
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        key = f"b{len(self.batches)}"
        self.batches[key] = {"id": key, "archive": buffer.getvalue(), "left": self.rounds, "operations": operations}
        return Reply({"id": key, "status": "pending", "total_operations": len(operations)})

    def _state(self, batch: Record) -> Reply:
        batch["left"] -= 1
        if batch["left"] >= 0:
            return Reply({"id": batch["id"], "status": "started", "response_body_url": ""})
        return Reply({"id": batch["id"], "status": "finished", "response_body_url": f"{self.host}/archives/{batch['id']}"})

    def _change(self, segment: Record, body: Record) -> Reply:
        joining, leaving = body.get("members_to_add", []), body.get("members_to_remove", [])
        if len(joining) > 500 or len(leaving) > 500:
            return problem(400, "Invalid Resource", "too many")
        refused = [email for email in joining if email.startswith("odd")]
        known = [email for email in joining if digest(email) in self.contacts and email not in refused]  # others are ignored silently
        segment["members"] = {*segment["members"], *known} - set(leaving)
        self.started += known
        errors = [{"email_addresses": refused, "error": f"{refused[0]} could not be added"}] if refused else []
        return Reply({"members_added": [{"email_address": email} for email in known], "errors": errors, "error_count": len(refused)})

    def _listed(self, rest: list[str], params: Record) -> Reply:
        records: list[Record] = []
        if rest == ["members"]:
            kept = [each for each in self.contacts.values() if each["status"] == params["status"]]
            records = [each for each in kept if each["last_changed"] >= params.get("since_last_changed", "")]
        elif rest == ["segments"]:
            records = [{name: each[name] for name in ("id", "name", "type")} for each in self.segments]
        elif rest[0] == "segments":
            segment = next(each for each in self.segments if each["id"] == int(rest[1]))
            records = [{"id": digest(email), "email_address": email} for email in sorted(segment["members"])]
        elif rest == ["merge-fields"]:
            records = self.fields
        start, size = int(params["offset"]), int(params["count"])
        assert size <= 1_000
        name = rest[-1].replace("-", "_")
        if name == "abuse_reports":
            records = [{"email_address": "angry@example.com", "date": "2026-06-20T00:00:00+00:00"}]
        return Reply({name: records[start : start + size], "total_items": len(records)})
