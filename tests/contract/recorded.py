"""Requests on their way out, kept and judged by the vendors' own specifications."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from requests.adapters import HTTPAdapter
from werkzeug.datastructures import Headers, ImmutableMultiDict

from activations.transport.http import Http

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"


class Recorder(HTTPAdapter):
    """Sends through the real adapter and remembers what went over the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *args: object, **kwargs: object) -> requests.Response:
        self.requests.append(request)
        return super().send(request, *args, **kwargs)  # type: ignore[arg-type]


@contextmanager
def recorded(http: Http) -> Iterator[list[requests.PreparedRequest]]:
    recorder = Recorder()
    http.session.mount("http://", recorder)
    yield recorder.requests


class Judged:
    """A request as openapi-core reads it, as if it had gone to the vendor's own host."""

    def __init__(self, request: requests.PreparedRequest, host: str) -> None:
        parts = urlsplit(request.url or "")
        self.host_url, self.path = host, parts.path
        self.method = (request.method or "").lower()
        self.body = request.body.encode() if isinstance(request.body, str) else request.body
        self.content_type = str(request.headers.get("Content-Type", ""))
        query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
        self.parameters = RequestParameters(query=query, header=Headers(dict(request.headers)))


@cache
def specification(vendor: str) -> OpenAPI:
    path = CONTRACTS / f"{vendor}.json"
    if not path.exists():
        pytest.skip(f"the specification {path.name} is not beside this clone")
    return OpenAPI.from_dict(json.loads(path.read_text()))


def judge(vendor: str, host: str, request: requests.PreparedRequest) -> None:
    """Raises what openapi-core finds wrong with the request."""
    specification(vendor).validate_request(Judged(request, host))


def basic(request: requests.PreparedRequest) -> str:
    scheme, _, value = str(request.headers["Authorization"]).partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(value).decode()
