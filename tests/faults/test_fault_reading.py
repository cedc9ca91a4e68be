"""Every fault while a list is read from the pretend provider: the page is asked for again, and a list that stays unread changes nothing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import requests

from activations.destinations import Klaviyo
from activations.ledger import Ledger
from activations.syncs.findings import Findings
from activations.syncs.listing import NotReconciledError
from activations.syncs.reconciliation import reconcile
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from activations.transport.patience import Patience
from demo.provider.faults import BEFORE, REFUSED, SPOILT, THROTTLED
from demo.provider.options import Options
from demo.provider.server import Running, running

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
PATIENCE = Patience(first_wait_seconds=0.005, longest_wait_seconds=0.05, longest_throttled_seconds=0.2, longest_poll_wait_seconds=0.005)
KINDS = (*THROTTLED, *REFUSED, *BEFORE, *SPOILT)
PEOPLE = 250
"""Three pages."""


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with running(folder, options=Options(limits="off", settle_seconds=0.0)) as provider:
        yield provider


@pytest.fixture(scope="module")
def books(provider: Running, tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    """Of a list that is in step."""
    folder = tmp_path_factory.mktemp("books")
    snapshots = Snapshots(folder, Ledger(f"sqlite:///{folder}/ledger.db"))
    numbers = range(PEOPLE)
    people = {"profile_id": [f"p{number}" for number in numbers], "email": [f"ann{number}@example.com" for number in numbers]}
    report = sync("vips", pa.table(people | {"row_hash": ["1"] * PEOPLE}), klaviyo(provider), snapshots, lambda: NOW, patience=PATIENCE)
    assert report.accepted == PEOPLE
    return snapshots


def klaviyo(provider: Running) -> Klaviyo:
    return Klaviyo("pk_x", base_url=provider.url, timeout_seconds=(5.0, 0.4))


def compared(provider: Running, books: Snapshots, kind: str, times: int | None) -> Findings:
    """With a fault, so many times, at the second page of the list."""
    order = {"match": "GET /api/lists/[^/]+/profiles", "kind": kind, "skip": 1, "times": times, "seconds": 0.8 if kind == "slow" else 0}
    assert requests.post(f"{provider.url}/_faults", json=order, timeout=10).status_code == 201
    how = {"settled": timedelta(0), "is_to_mend": True, "takes_strangers": True, "patience": PATIENCE}
    try:
        return reconcile("vips", klaviyo(provider), books, lambda: NOW, **how)  # type: ignore[arg-type]
    finally:
        requests.delete(f"{provider.url}/_faults", timeout=10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_that_did_not_come_is_asked_for_again(provider: Running, books: Snapshots, kind: str) -> None:
    found = compared(provider, books, kind, 2)
    assert (found.agreed, found.listed, found.is_in_step, found.is_mended) == (PEOPLE, PEOPLE, True, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_stays_half_read_changes_nothing(provider: Running, books: Snapshots, kind: str) -> None:
    before = books.read("klaviyo", "vips")
    with pytest.raises(NotReconciledError, match="could be read in part only, 100 people"):
        compared(provider, books, kind, None)
    assert books.read("klaviyo", "vips").equals(before)
