"""Files that a provider's answer points at: results of a job, kept on another host than its API."""

import time

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from activations.model import Unknown, Unreachable
from activations.transport.answers import NoAnswer, whole
from activations.transport.connections import new_session
from activations.transport.sockets import exchange


class NoAuth(AuthBase):
    """For whoever wants no header: the address itself, or the body, is what lets in."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def download(
    url: str, *, is_plain_allowed: bool = False, timeout_seconds: tuple[float, float] = (5.0, 60.0), within_seconds: float = 120.0
) -> bytes:
    """The file at `url`, as it is. Raises NoAnswer. No credentials go along: the address itself is the permission, so it is shown nowhere.

    `is_plain_allowed`: http:// will do as well, for a provider that is itself asked without TLS. `timeout_seconds` is (to connect,
    between two bytes), `within_seconds` what the file may take in all.
    """
    if not url.startswith(("https://", "http://") if is_plain_allowed else "https://"):
        raise NoAnswer(Unknown("the provider named no address of its results that can be used"))
    with exchange(time.monotonic, within_seconds), new_session(NoAuth(), {}, 1, None, None) as session:
        try:
            with session.get(url, timeout=timeout_seconds, allow_redirects=False, stream=True) as response:
                if response.status_code != 200:
                    raise NoAnswer(Unreachable(f"the results could not be fetched (status {response.status_code})"))
                return whole(response)
        except (OSError, HTTPError) as error:
            raise NoAnswer(Unreachable(f"the results could not be fetched ({type(error).__name__})")) from None
