"""Logs that other parts wrote are taken over in one file, once, whatever crashed in between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.landing import Landing, land_logs
from orchestration.sources.sync_rows import IN_THE_LOG, SYNC_ROWS

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)


def log(folder: Path, sync: str, *people: str) -> Path:
    """A log as a sync leaves it, in its list's folder."""
    path = folder / "klaviyo" / "champions" / f"{sync}.log.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ", ".join(f"('{sync}', 'klaviyo', 'champions', '{person}', null, 'created', 'accepted', null, null, 1)" for person in people)
    names = "sync_id, destination, audience, profile_id, row_id, action, outcome, code, detail, attempts"
    with duckdb.connect() as connection:
        times = "timestamp '2026-06-30 08:00:00' as at, cast(null as timestamp) as next"
        connection.execute(f"copy (select *, {times} from (values {rows}) as rows ({names})) to '{path}' (format parquet)")
    return path


def landed(landing: Landing) -> list[tuple[str, str]]:
    with duckdb.connect() as connection:
        return connection.execute(f"select sync_id, profile_id from {landing.scan(SYNC_ROWS)} order by all").fetchall()


def test_logs_are_landed_together_and_are_gone(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    assert land_logs(SYNC_ROWS, [], landing, NOW, IN_THE_LOG).rows == 0
    logs = [log(tmp_path, "s1", "p1", "p2"), log(tmp_path, "s2", "p1")]
    first = land_logs(SYNC_ROWS, logs, landing, NOW, IN_THE_LOG)
    assert (first.rows, len(first.files), first.watermark) == (3, 1, NOW - timedelta(hours=1))
    assert not any(path.exists() for path in logs)
    assert land_logs(SYNC_ROWS, [log(tmp_path, "s3", "p1")], landing, NOW, IN_THE_LOG).rows == 1
    assert landed(landing) == [("s1", "p1"), ("s1", "p2"), ("s2", "p1"), ("s3", "p1")]


def test_a_crash_before_the_logs_were_deleted_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = Landing(tmp_path / "landing")
    logs = [log(tmp_path, "s1", "p1"), log(tmp_path, "s2", "p1")]

    def die(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(logs[0]), "unlink", lambda path, missing_ok=False: die(path) if path in logs else None)
        land_logs(SYNC_ROWS, logs, landing, NOW, IN_THE_LOG)
    assert landed(landing) == [("s1", "p1"), ("s2", "p1")]
    again = land_logs(SYNC_ROWS, [*logs, log(tmp_path, "s3", "p1")], landing, NOW + timedelta(days=1), IN_THE_LOG)
    assert (again.rows, [path for path in logs if path.exists()]) == (1, [])
    assert landed(landing) == [("s1", "p1"), ("s2", "p1"), ("s3", "p1")]
