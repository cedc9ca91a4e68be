"""A provider that stays down, or is not there: what can be delivered is, once; what cannot be known is held.

Faults that pass: see test_fault_matrix.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from delivery_process import NOW, messages, run

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
