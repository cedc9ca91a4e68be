"""Secrets in a request's headers, and nowhere else."""

import requests
from requests.auth import AuthBase, HTTPBasicAuth


class BasicAuth(HTTPBasicAuth):
    """User and password, as HTTP says it."""

    def __repr__(self) -> str:
        return "BasicAuth(***)"


class KeyAuth(AuthBase):
    """A key in a header of the vendor's own."""

    def __init__(self, header: str, key: str) -> None:
        self._header = header
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._key
        return request

    def __repr__(self) -> str:
        return "KeyAuth(***)"
