"""Files instead of a provider: whole, renamed into place, the same when written again; here, in a store, and at the other end of SFTP.

One file: all of it is asked of one destination.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import asyncssh
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from any_rows import any_message, any_person
from delivery_kit import NOW, Waits, clock, message
from hypothesis import HealthCheck, given, settings
from sftp_server import PASSWORD, USER, Sftp, sftp_server

from activations.destination import Request, Work
from activations.destinations import File
from activations.destinations.file_place import Place
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Accepted, Unknown, Unreachable
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync

DESIRED = pa.table({"profile_id": ["p1", "p2"], "email": ["a@x.de", None], "buy_again": [["tea", "cup"], None], "row_hash": ["1", "2"]})


def test_messages(tmp_path: Path) -> None:
    destination = File(tmp_path / "exports", name="csv_file")
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
    destination, acknowledged = File(tmp_path / "exports"), Snapshots(tmp_path / "acknowledged")
    assert sync("champions", DESIRED, destination, acknowledged, clock).accepted == 2
    path = tmp_path / "exports" / "audiences" / "champions.csv"
    assert path.read_text().splitlines()[1:] == ["p1,a@x.de,tea;cup,1", "p2,,,2"]
    path.unlink()
    sync("champions", DESIRED, destination, acknowledged, clock)
    assert not path.exists(), "without a change nothing is written"
    sync("champions", DESIRED.slice(0, 1), destination, acknowledged, clock)
    assert path.read_text().splitlines()[1:] == ["p1,a@x.de,tea;cup,1"]
    assert [each.name for each in path.parent.iterdir()] == ["champions.csv"]


def test_parquet_keeps_what_values_are(tmp_path: Path) -> None:
    destination = File(tmp_path, kind="parquet")
    desired = DESIRED.append_column("since", pa.array([date(2026, 1, 2), None])).append_column("ltv", pa.array([Decimal("9.50"), None]))
    assert destination.replace("champions", desired) == Accepted("audiences/champions.parquet")
    assert pq.read_table(tmp_path / "audiences" / "champions.parquet").equals(desired)
    happened: dict[str, Any] = {"row_id": "e1", "event": "bought", "occurred_at": NOW, "profile_id": "p1", "email": None, "phone": None}
    rows = [destination.encode(Work.APPEND, happened | more) for more in ({"value": 9.5}, {"value": "free", "row_id": "e2"})]
    (path,) = {outcome.provider_ref for outcome in destination.send(Request(Work.APPEND, rows)) if isinstance(outcome, Accepted)}
    assert path and path.startswith("events/")
    assert [(row["row_id"], row["occurred_at"], row["value"]) for row in pq.read_table(tmp_path / path).to_pylist()] == [
        ("e1", NOW, "9.5"),
        ("e2", NOW, "free"),
    ]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("a file")
    assert isinstance(File(tmp_path / "exports").send(Request(Work.MESSAGE, [b"{}"]))[0], Unreachable)
    assert isinstance(File(f"sftp://{USER}@127.0.0.1:1/x", options={"host_key": _a_key()}).replace("a", DESIRED), Unreachable)
    with pytest.raises(ValueError, match="password"):
        File("sftp://shop:secret@example.com/x")


def test_a_store() -> None:
    assert File("memory://exports").replace("champions", DESIRED) == Accepted("audiences/champions.csv")
    assert fsspec.filesystem("memory").cat("/exports/audiences/champions.csv").decode().splitlines()[1] == "p1,a@x.de,tea;cup,1"


def test_what_fails_half_way_leaves_the_older_file(tmp_path: Path) -> None:
    def half(file: IO[bytes]) -> None:
        file.write(b"half")
        raise ValueError("a row that cannot be written")

    for url in ("memory://kept", str(tmp_path / "kept")):
        place = Place(url, {})
        place.write("audiences/a.csv", lambda file: file.write(b"whole"))  # type: ignore[arg-type,return-value]
        with pytest.raises(ValueError, match="a row"):
            place.write("audiences/a.csv", half)
        assert fsspec.open(f"{url}/audiences/a.csv").open().read() == b"whole"


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Sftp]:
    with sftp_server(tmp_path) as sftp:
        yield sftp


def _a_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def test_sftp(sftp: Sftp, tmp_path: Path) -> None:
    destination = File(f"{sftp.url}/in/box", options={"password": PASSWORD, "host_key": sftp.host_key})
    assert destination.replace("champions", DESIRED) == Accepted("audiences/champions.csv")
    assert destination.replace("champions", DESIRED.slice(0, 1)) == Accepted("audiences/champions.csv"), "over the older one"
    folder = tmp_path / "in" / "box" / "audiences"
    sftp.is_plain = True  # a server that knows no more than the draft of SFTP 3
    assert destination.replace("champions", DESIRED) == Accepted("audiences/champions.csv")
    assert destination.replace("champions", DESIRED.slice(0, 1)) == Accepted("audiences/champions.csv")
    assert [each.name for each in folder.iterdir()] == ["champions.csv"]
    assert (folder / "champions.csv").read_text().splitlines()[1:] == ["p1,a@x.de,tea;cup,1"]
    report = deliver([message(1, "file")], {"file": destination}, Ledger("sqlite://"), clock)
    assert report.accepted == 1 and len(list((tmp_path / "in" / "box" / "messages").iterdir())) == 1


def test_a_server_that_nobody_knows_gets_nothing(sftp: Sftp, tmp_path: Path) -> None:
    known_hosts = tmp_path.parent / "known_hosts"
    known_hosts.write_text("")
    for options in ({"known_hosts": known_hosts}, {"host_key": _a_key()}):
        outcome = File(f"{sftp.url}/x", options={"password": PASSWORD, **options}).replace("champions", DESIRED)
        assert isinstance(outcome, Unreachable)
    known_hosts.write_text(f"[127.0.0.1]:{sftp.url.rpartition(':')[2]} {sftp.host_key}\n")
    options = {"password": PASSWORD, "known_hosts": known_hosts}
    assert File(f"{sftp.url}/x", options=options).replace("champions", DESIRED) == Accepted("audiences/champions.csv")
    wrong = File(f"{sftp.url}/x", options={"password": "wrong secret", "host_key": sftp.host_key})
    outcome = wrong.replace("champions", DESIRED)
    assert isinstance(outcome, Unreachable) and "secret" not in repr(outcome) + repr(wrong) + repr(vars(wrong))


def test_a_connection_that_breaks_over_the_last_step(sftp: Sftp, tmp_path: Path) -> None:
    destination = File(f"{sftp.url}/x", options={"password": PASSWORD, "host_key": sftp.host_key})
    sftp.cut = [True]
    assert isinstance(destination.replace("champions", DESIRED), Unknown)
    sftp.cut = [True]
    report = sync("other", DESIRED, destination, Snapshots(tmp_path / "kept"), clock, patience=Waits().patience())
    assert report.accepted == 2 and (tmp_path / "x" / "audiences" / "other.csv").exists()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=any_message(), person=any_person())
def test_any_row_can_be_written_and_read(tmp_path: Path, text: dict[str, Any], person: dict[str, Any]) -> None:
    for kind, read in (("csv", _csv_rows), ("parquet", lambda path: pq.read_table(path).to_pylist())):
        destination = File(tmp_path / kind, kind=kind)  # type: ignore[arg-type]
        happened = person | {"row_id": "e1", "event": "x", "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)}
        for work, row in ((Work.MESSAGE, message(1, **text)), (Work.APPEND, happened)):
            encoded = destination.encode(work, row)
            assert encoded == destination.encode(work, row)
            (outcome,) = destination.send(Request(work, [encoded]))
            assert isinstance(outcome, Accepted) and outcome.provider_ref
            assert len(read(tmp_path / kind / outcome.provider_ref)) == 1


def _csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
