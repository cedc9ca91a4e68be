"""Whole syncs with providers that know people by their address: who leaves is off the list, and so is an address that somebody left."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mailchimp_server
import pyarrow as pa
import pytest
import sendgrid_server
from api_kit import Served, serving
from delivery_kit import Waits, clock

from activations.destinations import Mailchimp, SendGrid
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync

Place = tuple[Any, Served, Mailchimp | SendGrid]


@pytest.fixture(params=["mailchimp", "sendgrid"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    account: Any = mailchimp_server.Account() if request.param == "mailchimp" else sendgrid_server.Account()
    with serving(account.answer) as served:
        account.host = served.url
        if request.param == "mailchimp":
            yield account, served, Mailchimp(mailchimp_server.KEY, mailchimp_server.LIST, base_url=f"{served.url}/3.0")
        else:
            yield account, served, SendGrid(sendgrid_server.KEY, base_url=served.url)


def on_the_list(account: Any) -> set[str]:
    if isinstance(account, mailchimp_server.Account):
        return set(account.segments[0]["members"])
    return {email for email, contact in account.contacts.items() if contact["list_ids"]}


def people(**emails: str) -> pa.Table:
    none = pa.array([None] * len(emails), pa.string())
    columns = {"profile_id": list(emails), "email": list(emails.values()), "phone": none, "first_name": none, "last_name": none}
    return pa.table(columns | {"city": ["Köln"] * len(emails), "row_hash": list(emails.values())})


def test_the_list_is_the_audience(place: Place, tmp_path: Path) -> None:
    account, served, destination = place
    snapshots, patience = Snapshots(tmp_path), Waits().patience()
    at_first = {f"p{number}": f"ann{number}@example.com" for number in range(30)}
    report = sync("champions", people(**at_first), destination, snapshots, clock, patience=patience)
    assert (report.accepted, report.stopped, on_the_list(account)) == (30, None, set(at_first.values()))
    started = list(getattr(account, "started", []))
    assert started == [], "a first load starts nothing"
    asked = len(served.asked)
    sync("champions", people(**at_first), destination, snapshots, clock, patience=patience)
    assert len(served.asked) == asked, "without a change nothing is said"
    then = {key: email for key, email in at_first.items() if key != "p3"} | {"p4": "moved@example.com", "p99": "new@example.com"}
    sync("champions", people(**then), destination, snapshots, clock, patience=patience)
    assert on_the_list(account) == set(then.values()), "neither who left nor an address that was left"
    if isinstance(account, mailchimp_server.Account):
        assert set(account.started) == {"moved@example.com", "new@example.com"}


def test_a_lost_answer_repairs_itself(place: Place, tmp_path: Path) -> None:
    account, served, destination = place
    snapshots, patience = Snapshots(tmp_path), Waits().patience(attempts=2)
    desired = {f"p{number}": f"ann{number}@example.com" for number in range(12)}
    served.faults += [None, None, None, "drop", 400, 500, 500, "html"]  # 400 of something on the way, not of the provider
    for _ in range(4):
        report = sync("champions", people(**desired), destination, snapshots, clock, patience=patience)
        assert not report.rejected
    assert (report.stopped, on_the_list(account)) == (None, set(desired.values()))


@pytest.mark.parametrize("fault", [404, 400, "drop"])
def test_nobody_is_taken_for_gone_who_is_not(place: Place, tmp_path: Path, fault: int | str) -> None:
    account, served, destination = place
    snapshots, patience = Snapshots(tmp_path), Waits().patience(attempts=2)
    desired = {f"p{number}": f"ann{number}@example.com" for number in range(9)}
    sync("champions", people(**desired), destination, snapshots, clock, patience=patience)
    for leaves, position in (("p1", 1), ("p2", 2), ("p3", 3)):  # the removal's requests come after those that prepare
        del desired[leaves]
        served.faults[:] = [*[None] * position, fault]
        for _ in range(3):
            sync("champions", people(**desired), destination, snapshots, clock, patience=patience)
        assert on_the_list(account) == set(desired.values()), f"after a fault at request {position}"
