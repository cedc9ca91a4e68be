"""One request to a provider, and what may be concluded when no proper answer comes.

The one question that matters here is whether the request may have been applied. It surely was not where no connection
came about, where the provider says "too many requests", or where it turns the account away; after anything else that
went wrong it may have been.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from activations.model import Throttled, Unknown, Unreachable


class NoAnswer(Exception):  # noqa: N818  (it names what happened)
    """The provider gave no answer about the rows; `outcome` says what that means for them."""

    def __init__(self, outcome: Throttled | Unknown | Unreachable) -> None:
        super().__init__("throttled" if isinstance(outcome, Throttled) else outcome.detail)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: 2xx, or a 4xx that is about what was sent. `body` is the parsed JSON, None where there was none.
    `headers` are found whatever the case of their letters.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def is_success(self) -> bool:
        return self.status < 300


class HeaderAuth(AuthBase):
    """Puts a secret into the Authorization header and shows it nowhere else."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._value
        return request

    def __repr__(self) -> str:
        return "HeaderAuth(***)"


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
        proxies: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
    ) -> None:
        """`timeout_seconds` is (to connect, between two bytes of the answer). Proxies and certificates come in here,
        not from the environment.
        """
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout_seconds
        self.session = requests.Session()
        self.session.trust_env = False  # a .netrc would replace the credentials
        self.session.auth = auth
        self.session.headers.update(headers)
        self.session.proxies.update(proxies or {})
        self.session.verify = ca_bundle or True
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # nothing shared between threads
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=connections, max_retries=0))

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
    ) -> Answer:
        """Sends one request to `path` (or to a whole URL of the same provider). Raises NoAnswer; never follows a redirect.

        Without `expects_json` a success with any text is one. With `reads_errors` an answer of 500 and up that is a JSON
        document comes back, for a provider that says there what is wrong with the request.
        """
        url = path if path.startswith(self.base_url + "/") else self.base_url + path
        try:
            response = self.session.request(
                method, url, params=params, data=data, headers=headers, timeout=self._timeout, allow_redirects=False
            )
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema):
            raise ValueError(f"{self.base_url!r} is not the address of an API; it should look like https://host") from None
        except requests.RequestException as error:
            # The error's own text may carry the URL, whose query holds an address: only its kind is passed on.
            kind = type(error).__name__
            if _never_connected(error):
                raise NoAnswer(Unreachable(f"no connection to {self.base_url} ({kind})")) from None
            raise NoAnswer(Unknown(f"the answer of {self.base_url} was lost ({kind})")) from None
        return self._read(response, expects_json, reads_errors)

    def _read(self, response: requests.Response, expects_json: bool, reads_errors: bool) -> Answer:
        status = response.status_code
        if reads_errors and status >= 500:
            with contextlib.suppress(requests.exceptions.JSONDecodeError):
                return Answer(status, response.json(), response.headers)
        if status == 429:
            raise NoAnswer(Throttled(_retry_after(response)))
        if status >= 500 or status == 408:
            raise NoAnswer(Unknown(f"{self.base_url} answered {status}"))
        if status in (401, 403):
            raise NoAnswer(Unreachable(f"{self.base_url} answered {status}: check the credentials and their scopes"))
        if 300 <= status < 400:
            raise NoAnswer(Unreachable(f"{self.base_url} answered {status}: check its address"))
        try:
            return Answer(status, response.json() if response.content else None, response.headers)
        except requests.exceptions.JSONDecodeError:
            if status < 300 and expects_json:
                raise NoAnswer(Unknown(f"{self.base_url} answered {status} with text that is no JSON")) from None
            return Answer(status, None, response.headers)


def _never_connected(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(error)
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _retry_after(response: requests.Response) -> float | None:
    """Seconds, or a date, which is read against the answer's own Date so that no clock of ours is asked."""
    value = response.headers.get("Retry-After", "").strip()
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(response.headers["Date"])).total_seconds())
    return None
