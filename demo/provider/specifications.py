"""Requests judged by the vendors' own OpenAPI documents, where these are at hand.

What is wrong is told without values, for these are people's addresses. openapi-core is there for development alone, so it
is imported when a provider is asked to judge, not before. It lets a missing key or revision pass: those are looked at here.
"""

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from demo.provider.dialects import vendor_of

_HOSTS = {"klaviyo": "https://a.klaviyo.com", "twilio": "https://api.twilio.com", "sendgrid": "https://api.sendgrid.com"}
_KEYS = {"klaviyo": re.compile("Klaviyo-API-Key .+"), "twilio": re.compile("Basic .+"), "sendgrid": re.compile("Bearer .+")}
_KEPT = 5


class _Asked:
    """A request as openapi-core reads it, as if it had gone to the vendor's own host."""

    def __init__(self, scope: Scope, body: bytes) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers as WerkzeugHeaders
        from werkzeug.datastructures import ImmutableMultiDict

        headers = Headers(scope=scope)
        self.host_url = _HOSTS[str(vendor_of(scope["path"]))]
        self.path, self.method = scope["path"], scope["method"].lower()
        self.body = body or None
        self.content_type = headers.get("content-type", "")
        query = ImmutableMultiDict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        self.parameters = RequestParameters(query=query, header=WerkzeugHeaders(headers.items()))


@cache
def _documents(folder: Path, vendor: str) -> list[Any]:
    from openapi_core import OpenAPI

    found = sorted(folder.glob(f"{vendor}*.json"))
    if not found:
        raise FileNotFoundError(f"{folder} has no {vendor}*.json to judge requests by")
    return [OpenAPI.from_dict(json.loads(path.read_text())) for path in found]


class Judge:
    """Judges every request to a vendor; adds to `violations` under the endpoint's name."""

    def __init__(self, folder: Path, violations: defaultdict[str, Counter[str]]) -> None:
        self._folder = folder
        self._violations = violations
        self._reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._unjudged: Counter[str] = Counter()
        for vendor in _HOSTS:
            _documents(folder, vendor)

    def told(self) -> dict[str, Any]:
        """What was wrong with requests, and which endpoints no document knows."""
        return {"reasons": {name: dict(found.most_common(_KEPT)) for name, found in self._reasons.items()}, "unjudged": self._unjudged}

    async def listen(self, scope: Scope, receive: Receive, name: str) -> Receive:
        """Read the whole request, judge it, and return what lets the endpoint read it again."""
        messages: list[Message] = []
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
        body = b"".join(message.get("body", b"") for message in messages)
        if not scope["path"].startswith("/downloads/"):
            self._judge(scope, body, name)
        waiting = iter(messages)

        async def again() -> Message:
            return next(waiting, None) or await receive()

        return again

    def _judge(self, scope: Scope, body: bytes, name: str) -> None:
        vendor, headers = str(vendor_of(scope["path"])), Headers(scope=scope)
        found = [] if _KEYS[vendor].fullmatch(headers.get("authorization", "")) else ["header authorization"]
        if vendor == "klaviyo" and not re.fullmatch(r"\d{4}-\d\d-\d\d(\.\w+)?", headers.get("revision", "")):
            found.append("header revision")
        wrong = self._misfits(vendor, _Asked(scope, body))
        if wrong is None:
            self._unjudged[name] += 1
        found += wrong or []
        if found:
            self._violations[name]["specification"] += 1
            self._reasons[name].update(found)

    def _misfits(self, vendor: str, asked: _Asked) -> list[str] | None:
        from openapi_core.exceptions import OpenAPIError
        from openapi_core.templating.paths.exceptions import PathError

        for document in _documents(self._folder, vendor):
            try:
                document.validate_request(asked)
            except PathError:
                continue
            except OpenAPIError as error:
                return _reasons(error)
            return []
        return None


def _reasons(error: BaseException) -> list[str]:
    """Where a request does not fit, without any value of it."""
    found: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        for wrong in getattr(cause, "schema_errors", ()):
            place = re.sub(r"\[\d+\]", "[]", wrong.json_path)
            known = wrong.schema.get("properties", {}) if isinstance(wrong.schema, dict) else {}
            names = sorted(set(wrong.instance) - set(known)) if wrong.validator == "additionalProperties" else ""
            found.append(f"{place}: {wrong.validator} {', '.join(names)}".rstrip())
        cause = cause.__cause__
    return sorted(set(found)) or [type(error).__name__]
