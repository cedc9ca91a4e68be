"""A landing from an API that is killed in the middle of its pages: the next one knows all, and nothing twice."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
from api_kit import Asked, Reply, serving
from hubspot_server import HubSpot

from orchestration.landing import Landing
from orchestration.sources.hubspot import CONTACTS

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
OLD = NOW - timedelta(days=100)


def landing(url: str, folder: Path, as_of: datetime = NOW) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("landing_process.py")), url, str(folder), as_of.isoformat()],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_an_extraction_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """13 pages are more than the rows that are written at once: a part of the file is on disk then."""
    crm = HubSpot()
    for number in range(1, 3_001):
        crm.put("contacts", number, OLD)
    reached, go_on = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/search"):
            answer.pages += 1
            if answer.pages == 13:
                reached.set()
                go_on.wait(60)
        return crm.answer(asked)

    answer.pages = 0
    with serving(answer) as served:
        first = landing(served.url, tmp_path)
        assert reached.wait(60)
        first.kill()
        first.wait(60)
        go_on.set()
        crm.put("contacts", 7, NOW, email="changed@example.com")
        assert landing(served.url, tmp_path).wait(120) == 0
        crm.put("contacts", 8, NOW + timedelta(hours=1))
        last = landing(served.url, tmp_path, NOW + timedelta(days=1))
        said, _ = last.communicate(timeout=120)
    assert said.strip() == "1"
    versions = duckdb.connect().sql(f"select contact_id, updated_at from {Landing(tmp_path).scan(CONTACTS)}").fetchall()
    assert len(versions) == len(set(versions)) == len(crm.records["contacts"]) + 1
    assert {int(number) for number, _ in versions} == set(crm.records["contacts"])
    assert not list(tmp_path.rglob("*.unfinished"))
