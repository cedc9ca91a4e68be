"""What a broken or hostile server can do to a request, on real sockets: it ends in time, in little memory, and nothing that
may have been applied is called unsent. One file, long for its many faults.
"""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from delivery_kit import answering, free_port, read_request

from activations.model import Throttled, Unknown, Unreachable
from activations.transport.dialects import Advice
from activations.transport.http import Answer, HeaderAuth, Http, NoAnswer
from activations.transport.pacing import Pacer, Window
from activations.transport.sockets import no_longer_than

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id": "1"}'


def http(url: str, **changes: object) -> Http:
    return Http(url, HeaderAuth("Key very-secret"), {}, **{"timeout_seconds": (0.5, 0.5)} | changes)  # type: ignore[arg-type]


def outcome(talk: Http, **changes: object) -> object:
    with pytest.raises(NoAnswer) as caught:
        talk.ask("POST", "/messages", data=b"{}", **changes)  # type: ignore[arg-type]
    return caught.value.outcome


@contextmanager
def serving(*scripts: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that runs one script per connection, in order."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for script in scripts:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    script(connection)
                except OSError:
                    continue  # the other side has gone, as it should

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(5)


def trickling(beginning: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(beginning)
        gone = threading.Event()
        while not gone.wait(0.02):
            connection.sendall(drop)

    return script


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "),
    ],
)
def test_a_trickle_ends_with_the_requests_time(beginning: bytes, drop: bytes) -> None:
    with serving(trickling(beginning, drop)) as url:
        start = time.monotonic()
        assert isinstance(outcome(http(url, within_seconds=0.4)), Unknown)
        assert 0.3 < time.monotonic() - start < 2.0


def test_a_request_that_nobody_reads_ends_with_its_time() -> None:
    done = threading.Event()
    with serving(lambda connection: done.wait(10) and None) as url:
        start = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            http(url, within_seconds=0.4, timeout_seconds=(5, 5)).ask("POST", "/imports", data=b"x" * 50_000_000)
        assert isinstance(caught.value.outcome, Unknown) and time.monotonic() - start < 2.0
        done.set()


def test_a_request_whose_time_is_over_before_it_left_was_surely_not_sent() -> None:
    times = iter([0.0, 100.0, 100.0, 100.0, 100.0])
    with answering(OK) as url:
        assert isinstance(outcome(http(url, within_seconds=10, clock=lambda: next(times, 100.0))), Unreachable)


@pytest.mark.parametrize("is_reused", [True, False])
def test_a_worker_that_was_away_while_it_waited_for_its_turn_sends_nothing(is_reused: bool) -> None:
    left = [1.0]
    pacer = Pacer(sleep=lambda _: left.__setitem__(0, -1.0))  # paused while it waits
    limits = {"sms": (Window(1, 0.05),)}
    with serving(closing_after(1, reads_once_more=False), closing_after(1, reads_once_more=False)) as url:
        talk = http(url, pace=pacer.of("shop", limits))
        if is_reused:
            assert talk.ask("POST", "/x", data=b"{}", endpoint="sms").is_success
        else:
            assert pacer.of("shop", limits).wait_for_turn("sms", 0.0) == 0
            pacer.of("shop", limits).answered("sms", Advice())
        with no_longer_than(lambda: left[0]):
            assert outcome(talk, endpoint="sms") == Unreachable("its time was over before it left")


def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_read_to_its_end() -> None:
    packed = gzip.compress(b" " * 100_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with answering(head + packed) as url:
        assert outcome(http(url)) == Unknown(f"the answer of {url} was lost (AnswerTooLargeError)")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n", Unknown),  # cut short between chunks
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{\"a\":", Unknown),  # and within one
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", Unknown),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz", Unknown),
        (b"HTTP/1.1 200 OK\r\n\r\n{\"a\": ", Unknown),  # ended by closing, too early
        (b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n<html>Log in</html>   ", Unknown),  # a proxy's page
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe", Unknown),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200_000, Unknown),  # deeper than any answer
        (b"nonsense\r\n\r\n", Unknown),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Unknown),
        (b"HTTP/1.1 400 Bad\r\nContent-Length: 99\r\n\r\n{", Unreachable),  # refused, but why was lost
        (b"HTTP/1.1 429 Slow down\r\nRetry-After: 3\r\nContent-Length: 99\r\n\r\n{", Throttled),
        (b"HTTP/1.1 307 Over there\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n", Unreachable),
        (b"HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\n<html>", Unreachable),
    ],
)  # fmt: skip
def test_what_a_broken_answer_means(answer: bytes, kind: type) -> None:
    with answering(answer) as url:
        assert isinstance(outcome(http(url)), kind)


def test_a_bare_403_is_throttling_where_the_provider_means_that_and_one_with_json_never_is() -> None:
    bare, told = b"HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\n<html>", b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\n{}"
    with answering(bare, told) as url:
        talk = http(url, is_bare_403_throttling=True)
        assert outcome(talk) == Throttled(None)
        assert isinstance(outcome(talk), Unreachable)


def closing_after(answers: int, *, reads_once_more: bool) -> Callable[[socket.socket], None]:
    """Answers, then closes with or without having read a further request that is under way."""

    def script(connection: socket.socket) -> None:
        for _ in range(answers):
            read_request(connection)
            connection.sendall(OK)
        if reads_once_more:
            read_request(connection)

    return script


def test_a_reused_connection_that_is_closed_under_a_request_leaves_it_in_doubt() -> None:
    with serving(closing_after(1, reads_once_more=True), closing_after(1, reads_once_more=False)) as url:
        talk = http(url)
        assert talk.ask("POST", "/x", data=b"{}") == Answer(200, {"id": "1"})
        assert isinstance(outcome(talk), Unknown), "nobody can tell whether it was read"
        assert talk.ask("POST", "/x", data=b"{}").is_success, "the next one has a connection of its own"


def test_a_connection_that_was_idle_for_long_is_not_used_again() -> None:
    now = [0.0]
    with serving(closing_after(1, reads_once_more=True), closing_after(1, reads_once_more=False)) as url:
        talk = http(url, clock=lambda: now[0])
        assert talk.ask("POST", "/x", data=b"{}").is_success
        now[0] = 3.0
        assert talk.ask("POST", "/x", data=b"{}").is_success


def test_a_refusal_stops_the_endpoint_for_every_thread_and_no_other() -> None:
    now = [0.0]
    pace = Pacer(clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds)).of(
        "shop", {"imports": (Window(9, 1.0),)}
    )
    with answering(b"HTTP/1.1 429 Slow down\r\nRetry-After: 40\r\nContent-Length: 0\r\n\r\n", OK, OK) as url:
        one, other = http(url, pace=pace, longest_wait_seconds=30.0), http(url, pace=pace, longest_wait_seconds=60.0)
        assert outcome(one, endpoint="imports") == Throttled(40.0)
        assert outcome(one, endpoint="imports") == Throttled(40.0), "not even asked"
        assert one.ask("GET", "/lists", endpoint="lists").is_success and now[0] == 0.0
        assert other.ask("POST", "/imports", endpoint="imports").is_success and now[0] >= 40.0


def test_a_provider_that_is_down_is_left_alone_for_a_while() -> None:
    now = [0.0]
    pacer = Pacer(clock=lambda: now[0])
    talk = http(f"http://127.0.0.1:{free_port()}", pace=pacer.of("shop"))
    told = [str(outcome(talk)) for _ in range(11)]
    assert all("no connection" in text for text in told[:10]) and "10 times in a row" in told[10]
    now[0] = 6.0
    assert "no connection" in str(outcome(talk)), "one request tries again after the rest"
    assert "left alone" in str(outcome(talk))
