"""Files that a provider's answer points at: results of a job, kept on another host than its API."""

import requests

from activations.model import Unknown, Unreachable
from activations.transport.http import NoAnswer

_LARGEST_BYTES = 200_000_000


def download(url: str, *, is_plain_allowed: bool = False, timeout_seconds: tuple[float, float] = (5.0, 60.0)) -> bytes:
    """The file at `url`, as it is. Raises NoAnswer. No credentials go along: the address itself is the permission, so it is shown nowhere.

    `is_plain_allowed`: http:// will do as well, for a provider that is itself asked without TLS.
    """
    if not url.startswith(("https://", "http://") if is_plain_allowed else "https://"):
        raise NoAnswer(Unknown("the provider named no address of its results that can be used"))
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.get(url, timeout=timeout_seconds, allow_redirects=False, stream=True) as response:
                if response.status_code != 200:
                    raise NoAnswer(Unreachable(f"the results could not be fetched (status {response.status_code})"))
                content = b""
                for piece in response.iter_content(1_000_000):
                    content += piece
                    if len(content) > _LARGEST_BYTES:
                        raise NoAnswer(Unknown("the results are longer than any answer to one request should be"))
                return content
        except requests.RequestException as error:
            raise NoAnswer(Unreachable(f"the results could not be fetched ({type(error).__name__})")) from None
