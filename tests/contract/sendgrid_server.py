"""A server that answers as SendGrid's API does, as far as the destination asks: imports as jobs with a file of errors, custom fields by id,
lists, search by address, Mail Send, suppressions in pages."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api_kit import Asked, Reply

KEY = "SG.very_secret"
Record = dict[str, Any]


@dataclass
class Account:
    """`bad`: addresses that an import refuses. `errors_file`: csv, json or nothing. `host` is where files lie."""

    bad: set[str] = field(default_factory=set)
    errors_file: str = "csv"
    host: str = ""
    fields: list[Record] = field(default_factory=lambda: [{"id": "e9_N", "name": "Orders_Count", "field_type": "Number"}])
    lists: list[Record] = field(default_factory=list)
    contacts: dict[str, Record] = field(default_factory=dict)
    jobs: dict[str, Record] = field(default_factory=dict)
    mails: list[Record] = field(default_factory=list)
    suppressions: dict[str, list[Record]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/files/"):
            assert "Authorization" not in asked.headers, "the key is for the API alone"
            return Reply(self.jobs[asked.path.removeprefix("/files/")]["file"])
        if asked.headers.get("Authorization") != f"Bearer {KEY}":
            return Reply({"errors": [{"message": "authorization required"}]}, 401)
        *_, last = asked.path.split("/")
        match asked.method, asked.path.split("/")[2:]:
            case "POST", ["mail", "send"]:
                return self._mail(asked.body)
            case "PUT", ["marketing", "contacts"]:
                return self._import(asked.body)
            case "GET", ["marketing", "contacts", "imports", job]:
                return Reply({key: value for key, value in self.jobs[job].items() if key != "file"})
            case "POST", ["marketing", "contacts", "search", "emails"]:
                found = {
                    email: {"contact": self.contacts[email.lower()]} for email in asked.body["emails"] if email.lower() in self.contacts
                }
                missing = {email: {"error": "contact not found"} for email in asked.body["emails"] if email not in found}
                return Reply({"result": found | missing}) if found else Reply({"errors": [{"message": "not found"}]}, 404)
            case "DELETE", ["marketing", "lists", target, "contacts"]:
                for contact in self.contacts.values():
                    if contact["id"] in asked.params["contact_ids"].split(","):
                        contact["list_ids"] = [each for each in contact["list_ids"] if each != target]
                return Reply({"job_id": "removal"}, 202)
            case method, ["marketing", "field_definitions"]:
                return self._listed(method, asked, self.fields, lambda made: {"id": f"e{len(self.fields)}_{made['field_type'][0]}"})
            case method, ["marketing", "lists"]:
                return self._listed(method, asked, self.lists, lambda _: {"id": str(UUID(int=len(self.lists) + 1))})
            case "GET", ["suppression", _]:
                start, size = int(asked.params["offset"]), int(asked.params["limit"])
                since = int(asked.params.get("start_time", 0))
                return Reply([entry for entry in self.suppressions.get(last, []) if entry["created"] >= since][start : start + size])
            case "GET", ["asm", "groups", _, "suppressions"]:
                return Reply(["group@example.com"])
        return Reply({"errors": [{"message": "not found"}]}, 404)

    def _listed(self, method: str, asked: Asked, records: list[Record], more: Any) -> Reply:
        if method == "POST":
            records.append(asked.body | more(asked.body))
            return Reply(records[-1], 201 if records is self.lists else 200)
        if records is self.fields:
            return Reply({"custom_fields": records, "reserved_fields": []})
        start = int(asked.params.get("page_token", 0))  # two a page, so that pages are turned
        following = {"next": f"https://api.sendgrid.com/v3/marketing/lists?page_token={start + 2}"} if start + 2 < len(records) else {}
        return Reply({"result": records[start : start + 2], "_metadata": following})

    def _mail(self, body: Record) -> Reply:
        to = body["personalizations"][0]["to"][0]["email"]
        if to in self.bad:
            error = {"message": f"{to} is no address", "field": "personalizations.0.to.0.email", "help": None}
            return Reply({"errors": [error]}, 400)
        self.mails.append(body)
        return Reply(b"", 202, {"X-Message-Id": f"mid-{len(self.mails)}"})

    def _import(self, body: Record) -> Reply:
        known, errors = {entry["id"] for entry in self.fields}, []
        for index, contact in enumerate(body["contacts"]):
            if set(contact.get("custom_fields", {})) - known:
                return Reply({"errors": [{"message": "no such custom field", "field": f"contacts[{index}].custom_fields"}]}, 400)
            key = (contact.get("email") or contact["phone_number_id"]).lower()
            if key in self.bad:
                errors.append({"email": key, "error": f"{key} is refused"})
                continue
            held = self.contacts.setdefault(key, {"id": f"c-{len(self.contacts)}", "list_ids": []})
            held |= contact | {"list_ids": sorted({*held["list_ids"], *body.get("list_ids", [])})}
        job, count = f"job-{len(self.jobs)}", len(body["contacts"])
        table = "email,error\n" + "".join(f"{entry['email']},{entry['error']}\n" for entry in errors)
        lines = "\n".join(json.dumps(entry) for entry in errors)
        file = {"csv": table, "json": lines}.get(self.errors_file)
        results = {"requested_count": count, "errored_count": len(errors), "created_count": count - len(errors)}
        results |= {"errors_url": f"{self.host}/files/{job}"} if file is not None and errors else {}
        status = "failed" if len(errors) == count else "errored" if errors else "completed"
        self.jobs[job] = {"id": job, "status": status, "results": results, "file": (file or "").encode()}
        return Reply({"job_id": job}, 202)
