"""One request to a provider, and what may be concluded when no proper answer comes.

The one question that matters here is whether the request may have been applied. It surely was not where no byte of it left
(no connection, no turn within the provider's pace, a breaker that is open), where the provider says "too many requests", or
where it turns the account away; after anything else that went wrong it may have been. That includes a request on a reused
connection which the server closed at the same moment: closing says nothing about what was read before.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from activations.model import Throttled, Unknown, Unreachable
from activations.transport.answers import Answer, BadAddressError, NoAnswer, Reading, whole
from activations.transport.breaker import Breaker
from activations.transport.connections import new_session
from activations.transport.dialects import Advice, advice
from activations.transport.pacing import ACCOUNT, Pace
from activations.transport.sockets import exchange

__all__ = ["Answer", "BadAddressError", "HeaderAuth", "Http", "NoAnswer"]


class HeaderAuth(AuthBase):
    """Puts a secret into the Authorization header and shows it nowhere else."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request

    def __repr__(self) -> str:
        return "HeaderAuth(***)"


class _Heard:  # what a request taught about the provider, whatever it came to
    advice = Advice()
    is_answer = False
    is_failure = False

    def tell(self, breaker: Breaker) -> None:
        (breaker.passed if self.is_answer else breaker.failed if self.is_failure else breaker.did_not_leave)()


class Http:
    """A provider's API at `base_url`. Safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        auth: AuthBase,
        headers: Mapping[str, str],
        *,
        connections: int = 1,
        timeout_seconds: tuple[float, float] = (5.0, 30.0),
        within_seconds: float = 120.0,
        pace: Pace | None = None,
        longest_wait_seconds: float = 60.0,
        is_bare_403_throttling: bool = False,
        proxies: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timeout_seconds` is (to connect, between two bytes of the answer); `within_seconds` is what a request may take in
        all, from its turn to the last byte of the answer; `longest_wait_seconds` what it may wait for its turn before that.
        `is_bare_403_throttling`: the provider answers 403 without JSON when there are too many requests. Proxies and
        certificates come in here, not from the environment.
        """
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout_seconds
        self._within_seconds = within_seconds
        self._pace = pace
        self._longest_wait_seconds = longest_wait_seconds
        self._is_bare_403_throttling = is_bare_403_throttling
        self._clock = clock
        self.session = new_session(auth, headers, connections, proxies, ca_bundle)

    def __repr__(self) -> str:
        return f"Http({self.base_url!r})"

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        expects_json: bool = True,
        reads_errors: bool = False,
        endpoint: str = ACCOUNT,
    ) -> Answer:
        """Sends one request to `path` (or to a whole URL of the same provider), when it is its turn by the limits of `endpoint`.
        Raises NoAnswer; never follows a redirect.

        Without `expects_json` a success with any text is one. With `reads_errors` an answer of 500 and up that is a JSON
        document comes back, for a provider that says there what is wrong with the request.
        """
        url = path if path.startswith(self.base_url + "/") else self.base_url + path
        request = {"method": method, "url": url, "params": params, "data": data, "headers": headers}
        reading = Reading(self.base_url, expects_json, reads_errors, self._is_bare_403_throttling)
        pace = self._pace
        if pace is None:
            return self._exchange(request, _Heard(), reading)
        if objection := pace.breaker.objection():
            raise NoAnswer(Unreachable(f"{self.base_url} is left alone: {objection}"))
        heard = _Heard()
        try:
            if wait := pace.wait_for_turn(endpoint, self._longest_wait_seconds):
                raise NoAnswer(Throttled(wait))
            try:
                return self._exchange(request, heard, reading)
            finally:
                pace.answered(endpoint, heard.advice)
        finally:
            heard.tell(pace.breaker)

    def _exchange(self, request: dict[str, Any], heard: _Heard, reading: Reading) -> Answer:
        with exchange(self._clock, self._within_seconds) as this:
            try:
                response = self.session.request(**request, timeout=self._timeout, allow_redirects=False, stream=True)
            except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema):
                raise BadAddressError(f"{self.base_url!r} is not the address of an API; it should look like https://host") from None
            except (OSError, HTTPError) as error:
                heard.is_failure = True
                kind = type(error).__name__  # its text may carry the URL, whose query holds an address
                if this.has_left:
                    raise NoAnswer(Unknown(f"the answer of {self.base_url} was lost ({kind})")) from None
                why = f"no connection to {self.base_url} ({kind})" if this.seconds_left > 0 else "its time was over before it left"
                raise NoAnswer(Unreachable(why)) from None
            with response:
                status = response.status_code
                heard.advice = advice(status, response.headers)
                heard.is_answer, heard.is_failure = status < 500, status >= 500
                try:
                    text = whole(response)
                except (OSError, HTTPError) as error:
                    raise reading.cut_short(status, heard.advice, type(error).__name__) from None
        try:
            return reading.answer(status, response.headers, text, heard.advice)
        except NoAnswer as nothing:
            heard.advice = replace(heard.advice, is_throttled=isinstance(nothing.outcome, Throttled))
            raise
