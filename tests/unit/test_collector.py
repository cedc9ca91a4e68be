"""The collector over real sockets: what it takes, what it refuses and in which words, and that a 2xx is on disk. One file."""

import contextlib
import gzip
import json
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from collector_kit import TOKEN, Collector, collecting, event


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    with collecting(tmp_path_factory.mktemp("collected"), body_bytes=10_000, events=50, seconds=1.0) as running:
        yield running


def raw(collector: Collector, text: bytes, more: bytes = b"") -> str:
    """The status line that a hand-made request is answered with."""
    host, port = collector.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text)
        with contextlib.suppress(OSError):  # the answer has come already
            connection.sendall(more)
        return connection.recv(1000).split(b"\r\n")[0].decode()


def head(**headers: str) -> bytes:
    given = {"Host": "x", "Authorization": f"Bearer {TOKEN}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return b"POST /events HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode() + b"\r\n"


def test_what_is_accepted_is_on_disk(collector: Collector) -> None:
    answer = collector.post([event(1), event(2, value=19.99, note="Grüße\n\u0000 'x'", properties={"a": [1]})])
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "refused": 0, "errors": []})
    assert collector.post(event(3, user_id=17)).status_code == 202
    kept = {one["event_id"]: one for one in collector.kept()}
    assert kept.keys() >= {"e1", "e2", "e3"}
    assert (kept["e2"]["value"], kept["e2"]["note"], kept["e2"]["properties"]) == (19.99, "Grüße\n\u0000 'x'", {"a": [1]})


def test_each_bad_event_is_told_by_its_place_and_field_and_the_good_ones_are_kept(collector: Collector) -> None:
    bad = [
        event(10),
        {"event_name": "x", "event_at": "2026-06-30T08:00:00Z"},
        event(11, event_at="2026-06-30 08:00:00"),
        event(12, event_at="2026-07-02T08:00:00Z"),
        event(13, value="ann@example.com"),
        event(14, event_name=" "),
        event(15, currency="euro"),
        "ann@example.com",
        event(16, item_quantity=1.5),
        event(17, event_at="0001-01-01T00:00:00+23:59"),
    ]
    answer = collector.post(bad)
    assert answer.status_code == 207
    told = answer.json()
    assert (told["accepted"], told["refused"]) == (1, 9)
    assert [(error["index"], error["field"]) for error in told["errors"]] == [
        (1, "event_id"),
        (2, "event_at"),
        (3, "event_at"),
        (4, "value"),
        (5, "event_name"),
        (6, "currency"),
        (7, ""),
        (8, "item_quantity"),
        (9, "event_at"),
    ]
    assert told["errors"][0]["error"] == "is missing"
    assert told["errors"][3]["value"] == "a***@example.com"
    assert "ann@" not in answer.text
    assert collector.post([event(20, event_name=7)]).status_code == 422
    assert {"e11", "e13", "e20"}.isdisjoint(one["event_id"] for one in collector.kept())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"event_id": NaN}', b"[]"])
def test_what_is_no_json_or_no_event_is_refused(collector: Collector, body: bytes) -> None:
    assert collector.post(body).status_code == 400


def test_a_wrong_token_or_none_is_refused_before_the_body_is_read(collector: Collector) -> None:
    assert collector.post(event(30), token=f"{TOKEN}x").status_code == 401
    assert collector.post(event(30), token="").status_code == 401
    assert collector.post(event(30), token="ÿ").status_code == 401
    answer = requests.post(f"{collector.url}/events", json=event(30), timeout=10)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "401" in raw(collector, head(Content_Length="5000").replace(TOKEN.encode(), b"wrong"))
    assert "e30" not in {one["event_id"] for one in collector.kept()}


def test_a_body_that_is_too_long_is_refused_however_it_comes(collector: Collector) -> None:
    assert "413" in raw(collector, head(Content_Length="10001"))
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    assert "413" in raw(collector, head(Transfer_Encoding="chunked"), chunk * 3)
    bomb = gzip.compress(b" " * 5_000_000)
    assert len(bomb) < 10_000
    assert collector.post(bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert collector.post([event(number) for number in range(51)]).status_code == 413


def test_gzip_is_unpacked_and_other_packings_and_torn_ones_are_refused(collector: Collector) -> None:
    packed = gzip.compress(json.dumps(event(40)).encode())
    assert collector.post(packed, **{"Content-Encoding": "gzip"}).status_code == 202
    assert collector.post(packed[:-9], **{"Content-Encoding": "gzip"}).status_code == 400
    assert collector.post(b"{}", **{"Content-Encoding": "gzip"}).status_code == 400
    second = gzip.compress(json.dumps(event(41)).encode())
    assert collector.post(packed + second, **{"Content-Encoding": "gzip"}).status_code == 400, "half of it would be lost untold"
    assert collector.post(packed, **{"Content-Encoding": "br"}).status_code == 415
    assert "e40" in {one["event_id"] for one in collector.kept()}


def test_a_slow_sender_is_let_go_and_keeps_nobody_waiting(collector: Collector) -> None:
    host, port = collector.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as slow:
        slow.sendall(head(Content_Length="100") + b"{")
        started = time.monotonic()
        assert collector.post(event(50)).status_code == 202
        assert time.monotonic() - started < 0.9, "the slow sender held another one up"
        assert b"408" in slow.recv(1000).split(b"\r\n")[0]


def test_nothing_personal_is_logged_and_other_paths_and_methods_are_not_there(collector: Collector) -> None:
    collector.post(event(60, email="ann@example.com"))
    collector.post(event(61, email=["ann@example.com"]))
    assert requests.get(f"{collector.url}/events", timeout=10).status_code == 405
    assert requests.get(f"{collector.url}/", timeout=10).status_code == 404
    assert requests.get(f"{collector.url}/health", timeout=10).json() == {"status": "ok"}
    assert collector.log.read_text() == ""


def test_a_full_disk_is_told_as_ill_health(tmp_path: Path) -> None:
    with collecting(tmp_path, spare_bytes=10**18) as running:
        assert requests.get(f"{running.url}/health", timeout=10).status_code == 503


def test_a_weak_token_starts_nothing(tmp_path: Path) -> None:
    from orchestration.collector.server import collector as build

    with pytest.raises(ValueError, match="COLLECTOR_TOKEN"):
        build(tmp_path, "short", lambda: None)  # type: ignore[arg-type,return-value]


def test_a_folder_that_somebody_deletes_is_made_again_and_costs_no_accepted_event(tmp_path: Path) -> None:
    with collecting(tmp_path / "collected") as running:
        assert running.post(event(1)).status_code == 202
        shutil.rmtree(running.spool)
        assert requests.get(f"{running.url}/health", timeout=10).status_code == 503
        assert running.post(event(2)).status_code == 503
        assert running.post(event(3)).status_code == 202
        assert [one["event_id"] for one in running.kept()] == ["e3"]
