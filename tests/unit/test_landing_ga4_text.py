"""Newline JSON in bytes that are no UTF-8: the lines that can be read land, the others are refused with their bytes."""

import gzip
import json
from pathlib import Path

import pytest
from landing_kit import AS_OF, event, landed

from orchestration.landing import QUARANTINE, Landed, Landing, land_ga4
from orchestration.sources import ga4

DAY = "20260629"
LINES = [json.dumps(event(DAY, number, user_pseudo_id=f"d{number}")).encode() for number in range(3)]


def land(folder: Path, content: bytes, name: str = f"events_{DAY}.jsonl") -> tuple[Landing, Landed]:
    (folder / "ga4").mkdir(parents=True)
    (folder / "ga4" / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    landing = Landing(folder / "landing")
    return landing, land_ga4(folder / "ga4", landing, AS_OF)


def good(landing: Landing) -> list[object]:
    return landed(landing, ga4.EVENTS, "*", "order by event_timestamp")


@pytest.mark.parametrize("ending", ["jsonl", "ndjson.gz"])
@pytest.mark.parametrize(("byte", "shown"), [(b"\xfc", "\\xfc"), (b"\xed\xa0\x80", "\\xed\\xa0\\x80"), (b"\x01", "\\x01")])
def test_a_byte_that_is_no_text_refuses_its_line_alone(tmp_path: Path, byte: bytes, shown: str, ending: str) -> None:
    clean, _ = land(tmp_path / "clean", b"\n".join([LINES[0], LINES[2]]))
    broken = LINES[1].replace(b'"d1"', b'"M' + byte + b'ller"')
    landing, result = land(tmp_path / "broken", b"\r\n".join([LINES[0], broken, LINES[2]]), f"events_{DAY}.{ending}")
    assert (result.rows, dict(result.quarantined), result.failures) == (2, {"line_invalid": 1}, [])
    assert good(landing) == good(clean)
    ((payload, detail),) = landed(landing, QUARANTINE, "payload, detail")
    assert f'"M{shown}ller"' in json.loads(payload)
    assert "in UTF-8" in detail
    assert not list((tmp_path / "broken" / "landing").rglob("*.text*"))


@pytest.mark.parametrize("ending", ["jsonl", "json.gz"])
def test_utf_16_is_known_by_its_mark(tmp_path: Path, ending: str) -> None:
    content = b"\n".join([*LINES, LINES[0].replace(b'"d0"', '"Müller"'.encode())]) + b"\n"
    clean, _ = land(tmp_path / "clean", content)
    other, result = land(tmp_path / "other", content.decode().encode("utf-16"), f"events_{DAY}.{ending}")
    assert (result.rows, dict(result.quarantined), result.failures) == (4, {}, [])
    assert good(other) == good(clean)


def test_compressed_lines_that_are_not_called_so_are_told(tmp_path: Path) -> None:
    _, result = land(tmp_path, gzip.compress(LINES[0]))
    assert (result.rows, dict(result.quarantined)) == (0, {})
    assert result.failures == [
        f"ga4.events_{DAY}.jsonl: it is compressed, and its name does not say so. Deliver it with a name that ends with .gz."
    ]
