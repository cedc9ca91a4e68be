"""What may be concluded from what a real socket does."""

import pytest
from delivery_kit import answering, free_port

from activations.model import Throttled, Unknown, Unreachable
from activations.transport.http import HeaderAuth, Http, NoAnswer


def http(url: str) -> Http:
    return Http(url, HeaderAuth("Key very-secret"), {}, timeout_seconds=(0.5, 0.3))


def outcome(url: str) -> object:
    with pytest.raises(NoAnswer) as caught:
        http(url).ask("GET", "/messages", params={"To": "+491701234567"})
    assert "very-secret" not in str(caught.value) and "1701234567" not in str(caught.value)
    return caught.value.outcome


def test_a_refused_connection_was_surely_not_sent() -> None:
    assert isinstance(outcome(f"http://127.0.0.1:{free_port()}"), Unreachable)


def test_a_name_that_does_not_resolve_was_surely_not_sent() -> None:
    assert isinstance(outcome("http://no-such-host.invalid"), Unreachable)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, Unknown),  # reset after the request was read
        (b"", Unknown),  # closed without a word
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", Unknown),  # cut off
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ok>", Unknown),  # not JSON
        (b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n", Unknown),
        (b"HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n\r\n", Unknown),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"HTTP/1.1 302 Over there\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n", Throttled),
    ],
)
def test_what_an_answer_means(answer: bytes | None, kind: type) -> None:
    with answering(answer) as url:
        assert isinstance(outcome(url), kind)


def test_silence_is_unknown() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") as url:
        assert isinstance(outcome(url), Unknown)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"Retry-After: 2.5\r\n", 2.5),
        (b"Date: Tue, 30 Jun 2026 09:00:00 GMT\r\nRetry-After: Tue, 30 Jun 2026 09:00:09 GMT\r\n", 9.0),
        (b"Retry-After: soon\r\n", None),
        (b"", None),
    ],
)
def test_the_wait_that_is_asked_for(header: bytes, seconds: float | None) -> None:
    with answering(b"HTTP/1.1 429 Slow down\r\n" + header + b"Content-Length: 0\r\n\r\n") as url:
        assert outcome(url) == Throttled(seconds)


def test_an_address_that_is_none_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="not the address of an API"):
        http("klaviyo").ask("GET", "/x")


def test_secrets_are_not_shown() -> None:
    assert "very-secret" not in repr(http("http://x")) + repr(http("http://x").session.auth)
