"""Odd files of events: one bad line costs its own, nothing is changed in silence, no file stops the others."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from collector_kit import collecting, event
from landing_kit import AS_OF, landed

from orchestration.landing import QUARANTINE, Landing
from orchestration.landing.collected import land_collected
from orchestration.landing.result import Landed
from orchestration.sources.collector import EVENTS

HEAD = "event_id,event_name,event_at,item_name\n"
EVENT = {"event_name": "view", "event_at": "2026-06-29T10:00:00Z"}
GOOD = "e2,view,2026-06-29,ok\n"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def land(landing: Landing, files: dict[str, bytes]) -> Landed:
    dropped = landing.root.parent / "dropped"
    dropped.mkdir(exist_ok=True)
    for name, text in files.items():
        (dropped / name).write_bytes(text)
    return land_collected(dropped, landing.root.parent / "spool", landing, AS_OF)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'e1,view,2026-06-29,"a"b\n', "its quotes are wrong"),
        (b'e1,view,2026-06-29,"a\n', "its quotes are wrong"),
        ("e1,view,2026-06-29,Müller\n".encode("latin-1"), "it is not UTF-8"),
    ],
)
def test_a_bad_line_of_a_csv_costs_no_other_and_no_letter(landing: Landing, line: bytes, fault: str) -> None:
    result = land(landing, {"a.csv": HEAD.encode() + line + GOOD.encode()})
    assert (landed(landing, EVENTS, "event_id, item_name"), result.failures) == ([("e2", "ok")], [])
    ((detail, payload),) = landed(landing, QUARANTINE, "detail, payload")
    assert detail.startswith(f"a.csv:2: {fault}")
    assert json.loads(payload)["line"] == line.rstrip(b"\n").decode(errors="backslashreplace")


def test_headers_are_found_as_those_of_tables(landing: Landing) -> None:
    tabs = " Event_ID \tEVENT_NAME\tevent_at\tPlan\ne1\tview\t2026-06-29\tgold\n"
    twice = "event_id,event_name,event_at,value,value\ne3,view,2026-06-29,1,2\n"
    result = land(
        landing,
        {
            "a.csv": tabs.encode(),
            "b.csv": twice.encode(),
            "c.csv": (HEAD + GOOD).encode("utf-16"),
            "d.csv": b"e4,ann@example.com,2026-06-29,x\n",
            "e.csv": (HEAD + "e5,view,2026-06-29," + "y" * 200_000 + "\n").encode(),
        },
    )
    assert sorted(landed(landing, EVENTS, "event_id, properties")) == [("e1", '{"Plan": "gold"}'), ("e5", None)]
    first, second, third = result.failures
    assert "b.csv cannot be read: its first line does not name each column once" in first
    assert "c.csv cannot be read: its first line is not UTF-8" in second
    assert "d.csv cannot be read: its first line names none of the columns" in third
    assert "ann@" not in third


def test_a_byte_order_mark_costs_no_event_and_an_id_keeps_its_digits(landing: Landing) -> None:
    long = {**EVENT, "event_id": "e1", "user_id": 12345678901234567890123, "value": 1.5}
    land(landing, {"a.jsonl": b"\xef\xbb\xbf" + json.dumps(long).encode() + b"\n"})
    assert landed(landing, EVENTS, "event_id, user_id, cast(value as varchar)") == [("e1", "12345678901234567890123", "1.5000")]


def test_properties_that_are_no_json_are_kept_as_text_and_stop_nothing(landing: Landing) -> None:
    texts = ['{"a": "\\ud83d"}', '{"a": NaN}', '{"a": 1}', "{half"]
    rows = [f'e{number},view,2026-06-29,"{text.replace(chr(34), 2 * chr(34))}"\n' for number, text in enumerate(texts)]
    table = pa.table({"event_id": ["p"], "event_name": ["view"], "event_at": ["2026-06-29"], "few": [[1.0, float("nan"), float("inf")]]})
    (landing.root.parent / "dropped").mkdir()
    pq.write_table(table, landing.root.parent / "dropped" / "p.parquet")
    result = land(landing, {"a.csv": (HEAD.replace("item_name", "properties") + "".join(rows)).encode()})
    assert (result.rows, result.failures, dict(result.quarantined)) == (5, [], {})
    kept = [json.loads(text, parse_constant=pytest.fail) for (text,) in landed(landing, EVENTS, "properties", "order by event_id")]
    assert kept == [{"properties": texts[0]}, {"properties": texts[1]}, {"a": 1}, {"properties": texts[3]}, {"few": [1.0, None, "inf"]}]


def test_an_event_too_deep_to_be_kept_is_told_and_the_others_are_taken(tmp_path: Path) -> None:
    deep: dict[str, object] = {}
    for _ in range(300):
        deep = {"a": deep}
    with collecting(tmp_path / "collected") as running:
        answer = running.post([event(1), event(2, properties=deep)])
    assert (answer.status_code, answer.json()["accepted"]) == (207, 1)
    assert answer.json()["errors"] == [{"index": 1, "field": "properties", "error": "must not be nested so deeply"}]
