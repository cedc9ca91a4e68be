"""What the tests of the pretend provider share: clients of both dialects, and bodies of requests."""

import json
from pathlib import Path

import requests

AS_OF = "2026-06-30T09:00:00+00:00"
ACCOUNT = "AC" + "a" * 32
HEADERS = {
    "Authorization": "Klaviyo-API-Key pk_test",
    "revision": "2026-07-15",
    "Content-Type": "application/vnd.api+json",
}


def set_clock(folder: Path, as_of: str = AS_OF) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clock.json").write_text(json.dumps({"as_of": as_of}))


class Klaviyo:
    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers.update(HEADERS)

    def __call__(self, method: str, path: str, body: object = None, **query: str) -> requests.Response:
        data = None if body is None else json.dumps(body)
        return self.session.request(method, self.url + path, data=data, params=query, timeout=30)

    def post(self, path: str, body: object) -> requests.Response:
        return self("POST", path, body)

    def get(self, path: str, **query: str) -> requests.Response:
        return self("GET", path, None, **query)

    def metric_names(self) -> dict[str, str]:
        return {entry["id"]: entry["attributes"]["name"] for entry in self.get("/api/metrics").json()["data"]}


def messages_url(url: str, sid: str = "") -> str:
    return f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages{'/' + sid if sid else ''}.json"


def send_sms(url: str, to: str = "+491701234567", **form: str) -> requests.Response:
    data = {"To": to, "From": "+15005550006", "Body": "Hi", **form}
    return requests.post(messages_url(url), data=data, auth=(ACCOUNT, "token"), timeout=30)


def get_sms(url: str, sid: str = "", **query: str) -> requests.Response:
    return requests.get(messages_url(url, sid), params=query, auth=(ACCOUNT, "token"), timeout=30)


def profile(**attributes: object) -> dict:
    return {"type": "profile", "attributes": attributes}


def import_job(profiles: list[dict], lists: tuple[str, ...] = ()) -> dict:
    data = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": profiles}}}
    if lists:
        data["relationships"] = {"lists": {"data": [{"type": "list", "id": name} for name in lists]}}
    return {"data": data}


def event(unique_id: str | None, metric: str = "Cart Abandoned", **attributes: object) -> dict:
    own = {} if unique_id is None else {"unique_id": unique_id}
    properties = {"campaign": "cart_abandoned", "subject": "Your cart", "body": "Hello\n\nyour cart waits."}
    named = {"data": {"type": "metric", "attributes": {"name": metric}}}
    return {"properties": properties, "metric": named, **own, **attributes}


def single(email: str, unique_id: str | None, **attributes: object) -> dict:
    owner = {"data": profile(email=email)}
    return {"data": {"type": "event", "attributes": {**event(unique_id, **attributes), "profile": owner}}}


def bulk(pairs: list[tuple[str, str]]) -> dict:
    groups = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "profile": {"data": profile(email=email)},
                "events": {"data": [{"type": "event", "attributes": event(unique_id)}]},
            },
        }
        for email, unique_id in pairs
    ]
    return {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": groups}}}}


def ids(answer: requests.Response) -> list[dict]:
    return [{"type": "profile", "id": entry["id"]} for entry in answer.json()["data"]]


class SendGrid:
    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers.update({"Authorization": "Bearer SG.test", "Content-Type": "application/json"})

    def __call__(self, method: str, path: str, body: object = None, **query: str) -> requests.Response:
        data = None if body is None else json.dumps(body)
        return self.session.request(method, f"{self.url}/v3/{path}", data=data, params=query, timeout=30)

    def upsert(self, contacts: list[dict], lists: tuple[str, ...] = ()) -> requests.Response:
        return self("PUT", "marketing/contacts", {"contacts": contacts} | ({"list_ids": list(lists)} if lists else {}))

    def new_list(self, name: str) -> str:
        return str(self("POST", "marketing/lists", {"name": name}).json()["id"])

    def job(self, answer: requests.Response, looks: int = 2) -> dict:
        path = f"marketing/contacts/imports/{answer.json()['job_id']}"
        return [self("GET", path).json() for _ in range(looks)][-1]

    def found(self, *emails: str) -> dict:
        return self("POST", "marketing/contacts/search/emails", {"emails": list(emails)}).json()["result"]

    def mail(self, *addresses: str, **more: object) -> requests.Response:
        people = [{"to": [{"email": a}], "custom_args": {"message_key": f"key-{a}", "campaign": "win_back"}} for a in addresses]
        texts = {"subject": "Hi", "content": [{"type": "text/plain", "value": "Hi Ann"}, {"type": "text/html", "value": "<p>Hi Ann"}]}
        return self("POST", "mail/send", {"personalizations": people, "from": {"email": "shop@example.com"}, **texts, **more})
