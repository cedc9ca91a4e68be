"""Every fault of a provider, over real HTTP: what can be delivered is, once; what cannot be known is held."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import requests
from delivery_process import NOW, PATIENCE, messages, run

from activations.destinations import Klaviyo
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from demo.provider.options import Options
from demo.provider.server import Running, running

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"
BULK, SMS = "POST /api/event-bulk-create-jobs", "POST /2010"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with running(folder, options=Options(limits="off"), specifications=CONTRACTS) as provider:
        yield provider
        told = requests.get(f"{provider.url}/_stats", timeout=5).json()
        assert not told["specifications"].get("reasons"), "a request does not fit its specification"


@pytest.fixture(autouse=True)
def no_faults_left(provider: Running) -> Iterator[None]:
    yield
    requests.delete(f"{provider.url}/_faults", timeout=5)


def order(provider: Running, match: str, kind: str, **more: object) -> None:
    answer = requests.post(f"{provider.url}/_faults", json={"match": match, "kind": kind, **more}, timeout=5)
    assert answer.status_code == 201, answer.text


def copies(provider: Running, tag: int) -> Counter[str]:
    keys = [message.message_key or "" for message in provider.state.messages()]
    return Counter(key for key in keys if key.startswith(f"{tag}-"))


CASES = [(BULK, kind, 90) for kind in ("429", "500", "503", "reset_before", "reset_after", "slow", "truncated")]
CASES += [(SMS, kind, 90) for kind in ("429", "reset_after", "slow", "truncated")]
CASES += [(SMS, kind, 88) for kind in ("500", "503", "reset_before")]


@pytest.mark.parametrize(("tag", "match", "kind", "accepted"), [(tag, *case) for tag, case in enumerate(CASES, start=301)])
def test_a_fault_now_and_then(provider: Running, tmp_path: Path, tag: int, match: str, kind: str, accepted: int) -> None:
    order(provider, match, kind, times=1, seconds=0.6)
    order(provider, match, kind, times=1, seconds=0.6, skip=3)
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    report = run(provider.url, ledger, tag, timeout_seconds=0.3 if kind == "slow" else 10)
    assert (report.accepted, report.unknown, report.left, report.rejected) == (accepted, 90 - accepted, 0, 0)
    assert len(report.held) == 90 - accepted
    found = copies(provider, tag)
    assert len(found) == accepted and set(found.values()) == {1}
    assert run(provider.url, ledger, tag).accepted == 0


@pytest.mark.parametrize(("tag", "match", "kind", "unknown"), [(401, BULK, "503", 0), (402, SMS, "503", 8), (403, SMS, "429", 0)])
def test_a_provider_that_stays_down(provider: Running, tmp_path: Path, tag: int, match: str, kind: str, unknown: int) -> None:
    order(provider, match, kind, times=None, seconds=0.0)
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    report = run(provider.url, ledger, tag)
    theirs = 60 if match == BULK else 30
    assert (report.accepted, report.unknown, report.left) == (90 - theirs, unknown, theirs - unknown), "the other one goes on"
    assert any(f"{theirs - unknown} messages left in the outbox" in line for line in report.sentences())
    requests.delete(f"{provider.url}/_faults", timeout=5)
    assert run(provider.url, ledger, tag).accepted == theirs - unknown
    assert set(copies(provider, tag).values()) == {1} and len(copies(provider, tag)) == 90 - unknown


def test_a_provider_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    with running(tmp_path) as gone:
        url = gone.url
    report = run(url, ledger, 501)
    assert (report.accepted, report.left, report.unknown) == (0, 90, 0)
    assert all(str(tally.stopped).startswith("no connection") for tally in report.destinations.values())
    with running(tmp_path, port=int(url.rpartition(":")[2]), options=Options(limits="off")) as back:
        assert run(url, ledger, 501).accepted == 90
        assert len(back.state.messages()) == len(list(messages(501)))


@pytest.mark.parametrize("kind", ["429", "500", "reset_before", "reset_after", "truncated", "job_fails", "partial"])
def test_an_audience_under_faults(provider: Running, tmp_path: Path, kind: str) -> None:
    klaviyo, acknowledged = Klaviyo("pk_x", base_url=provider.url), Snapshots(tmp_path)
    people = [f"{kind}-{number}" for number in range(30)]
    emails = [f"{person}@example.com" for person in people]
    desired = pa.table({"profile_id": people, "email": emails, "row_hash": ["1"] * 30})
    of_jobs = kind in ("job_fails", "partial")
    order(provider, "POST /api/profile-bulk" if of_jobs else "POST /api/(lists|profile)", kind, times=1 if of_jobs else 2, seconds=0.2)
    report = sync(kind, desired, klaviyo, acknowledged, lambda: NOW, patience=PATIENCE)
    assert report.accepted + report.rejected.total() == 30 and report.stopped is None
    assert report.rejected.total() == (10 if kind == "partial" else 0)
    assert sync(kind, desired, klaviyo, acknowledged, lambda: NOW, patience=PATIENCE).accepted == report.rejected.total()
    order(provider, "(DELETE|GET) /api/lists", "503" if of_jobs else kind, times=2, seconds=0.2)
    report = sync(kind, desired.slice(0, 20), klaviyo, acknowledged, lambda: NOW, patience=PATIENCE)
    assert (report.removed, report.left) == (10, 0)
    members, _ = klaviyo.members(klaviyo.prepare(kind, pa.schema([])), None)
    assert {member.profile_id for member in members} == set(people[:20])
