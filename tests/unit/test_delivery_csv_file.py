"""Files instead of a provider: whole, renamed into place, and the same when written again."""

import csv
from pathlib import Path

import pyarrow as pa
from delivery_kit import clock, message

from activations.destination import Request, Work
from activations.destinations import CsvFile
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Unreachable
from activations.syncs.snapshots import Acknowledged
from activations.syncs.sync import sync


def test_messages(tmp_path: Path) -> None:
    destination = CsvFile(tmp_path / "exports")
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    messages = [message(number, "csv_file", body='Hi, "Ann"\nbye') for number in range(3)]
    report = deliver(messages, {"csv_file": destination}, ledger, clock)
    ledger.close()
    assert report.accepted == 3
    (path,) = (tmp_path / "exports" / "messages").iterdir()
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["message_id"] for row in rows] == ["csv_file-0000", "csv_file-0001", "csv_file-0002"]
    assert (rows[0]["body"], rows[0]["occurred_at"]) == ('Hi, "Ann"\nbye', "2026-06-30T09:00:00+00:00")
    destination.send(Request(Work.MESSAGE, [destination.encode(Work.MESSAGE, each) for each in reversed(messages)]))
    assert [each.name for each in path.parent.iterdir()] == [path.name], "the same batch is the same file"


def test_audiences(tmp_path: Path) -> None:
    destination, acknowledged = CsvFile(tmp_path / "exports"), Acknowledged(tmp_path / "acknowledged")
    desired = pa.table({"profile_id": ["p1", "p2"], "email": ["a@x.de", None], "buy_again": [["tea", "cup"], None], "row_hash": ["1", "2"]})
    assert sync("champions", desired, destination, acknowledged, clock).accepted == 2
    path = tmp_path / "exports" / "audiences" / "champions.csv"
    assert path.read_text() == "profile_id,email,buy_again,row_hash\np1,a@x.de,tea;cup,1\np2,,,2\n"
    path.unlink()
    sync("champions", desired, destination, acknowledged, clock)
    assert not path.exists(), "without a change nothing is written"
    sync("champions", desired.slice(0, 1), destination, acknowledged, clock)
    assert path.read_text() == "profile_id,email,buy_again,row_hash\np1,a@x.de,tea;cup,1\n"
    assert [each.name for each in path.parent.iterdir()] == ["champions.csv"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("a file")
    assert isinstance(CsvFile(tmp_path / "exports").send(Request(Work.MESSAGE, [b"[]"]))[0], Unreachable)
