"""The command `regulars syncs reconcile` on the demo's provider: told, written down, mended, and put right by the next sync."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from provider_kit import Klaviyo, set_clock
from test_audiences_asset import WAREHOUSE

from demo.provider.options import Options
from demo.provider.server import running
from orchestration.cli import main

Run = Callable[..., Result]
MORE = """
    create schema identity; create schema profiles;
    create table identity.profile_ids as select 'p900' as profile_id, 'p901' as current_profile_id;
    create table profiles.addresses as select 'p901' as profile_id, 'bob@example.com' as address;
    create table staging.stg_feedback__sync_rows as select 'p900' as profile_id, 'klaviyo' as destination, 'champions' as audience,
        'removed' as action, 'accepted' as outcome, timestamp '2026-06-01 09:00:00' as synced_at;
"""


@pytest.fixture
def klaviyo(tmp_path: Path) -> Iterator[Klaviyo]:
    set_clock(tmp_path / "demo")
    with running(tmp_path / "demo", options=Options(limits="off", settle_seconds=0.0)) as provider:
        yield Klaviyo(provider.url)


@pytest.fixture
def run(environment: None, tmp_path: Path, klaviyo: Klaviyo) -> Run:
    os.environ.update(
        REGULARS_DATA=str(tmp_path),
        REGULARS_CLOCK=str(tmp_path / "demo" / "clock.json"),
        SHOP_URL="sqlite:///nowhere.db",
        KLAVIYO_URL=klaviyo.url,
        KLAVIYO_API_KEY="pk_test",
    )
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute(WAREHOUSE + MORE)
    return lambda *arguments: CliRunner().invoke(main, ["syncs", *arguments])


def synced(run: Run, folder: Path) -> Result:
    run("plan", "--destination", "klaviyo", "--out", str(folder))
    return run("apply", str(folder))


def on(klaviyo: Klaviyo) -> dict[str, str]:
    """Klaviyo's ids of those on the list, by their addresses."""
    (found,) = klaviyo.get("/api/lists").json()["data"]
    page = klaviyo.get(f"/api/lists/{found['id']}/profiles", **{"page[size]": "100"}).json()
    return {"list": found["id"], **{entry["attributes"]["email"]: entry["id"] for entry in page["data"]}}


def put(klaviyo: Klaviyo, email: str, external_id: str | None) -> None:
    """By hand, in Klaviyo's own interface."""
    person = {"type": "profile", "attributes": {"email": email} | ({"external_id": external_id} if external_id else {})}
    lists = {"data": [{"type": "list", "id": on(klaviyo)["list"]}]}
    job = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": [person]}}, "relationships": {"lists": lists}}
    assert klaviyo.post("/api/profile-bulk-import-jobs", {"data": job}).status_code == 202
    while email not in on(klaviyo):
        pass


def test_a_list_that_was_changed_by_hand_is_told_mended_and_put_right(tmp_path: Path, run: Run, klaviyo: Klaviyo) -> None:
    assert "champions at klaviyo: 30 members, 30 upserted" in synced(run, tmp_path / "first").output
    before = on(klaviyo)
    off = {"data": [{"type": "profile", "id": before["ann7@example.com"]}]}
    assert klaviyo("DELETE", f"/api/lists/{before['list']}/relationships/profiles", off).status_code == 204
    put(klaviyo, "bob@example.com", "p900")
    put(klaviyo, "eve@example.com", None)

    lately = run("reconcile", "--destination", "klaviyo")
    assert "1 missing there, but acknowledged so lately" in lately.output, "six hours, unless told"
    at_once = ("reconcile", "--destination", "klaviyo", "--settled-hours", "0")
    told = run(*at_once, "--out", str(tmp_path / "found"))
    assert told.exit_code == 0 and "champions at klaviyo (mirror): 30 are believed to be there, 31 are listed; 29 agree" in told.output
    assert "  1 missing there: a***@example.com p7\n  1 there though a sync took them off: b***@example.com p900\n" in told.output
    assert "  1 there though no sync put them there: e***@example.com\n" in told.output
    assert "nothing was changed; with --apply" in told.output and "eve@" not in told.output and "ann7@" not in told.output
    found = pq.read_table(tmp_path / "found" / "klaviyo" / "champions" / "people.parquet").to_pylist()
    assert {(row["kind"], row["profile_id"]) for row in found} == {("missing", "p7"), ("returned", "p900"), ("strangers", None)}
    assert "champions" not in run("plan", "--destination", "klaviyo").output, "a sync would say nothing of it"

    assert "mended: the next sync sends who is missing" in run(*at_once, "--apply").output
    assert "ann7@example.com" not in on(klaviyo), "the provider hears of it by the next sync alone"
    assert "champions at klaviyo: 30 members, 1 upserted, 1 removed" in synced(run, tmp_path / "second").output
    assert set(before) | {"eve@example.com"} == set(on(klaviyo))
    assert "mended" in run(*at_once, "--apply", "--take-off-strangers").output
    assert "0 upserted, 1 removed" in synced(run, tmp_path / "third").output and set(before) == set(on(klaviyo))
    assert "30 agree" in run(*at_once).output and "nothing was changed" not in run(*at_once).output


def test_whom_a_sync_took_off_is_known_from_its_own_log(tmp_path: Path, run: Run, klaviyo: Klaviyo) -> None:
    synced(run, tmp_path / "first")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute("delete from decisions.memberships where profile_id = 'p3'")
    assert "1 removed" in synced(run, tmp_path / "second").output
    put(klaviyo, "ann3@example.com", "p3")
    assert "1 there though a sync took them off: a***@example.com p3" in run("reconcile", "--settled-hours", "0").output


def test_what_cannot_be_compared_is_said_and_the_others_are(tmp_path: Path, run: Run, klaviyo: Klaviyo) -> None:
    told = run("reconcile", "--audience", "champions")
    assert "champions at csv_file (mirror) is not compared: its destination has no way to say who is on a list" in told.output
    assert told.exit_code == 0 and "0 are believed to be there, it has no list of that name; 0 agree" in told.output
    synced(run, tmp_path / "first")
    (tmp_path / "demo" / "clock.json").write_text(json.dumps({"as_of": "2026-07-01T09:00:00+00:00"}))
    told = run("reconcile", "--destination", "klaviyo")
    assert told.exit_code == 0 and "30 agree" in told.output
    wrong = run("reconcile", "--take-off-strangers")
    assert wrong.exit_code == 2 and "goes with --apply" in wrong.output
    os.environ["KLAVIYO_URL"] = "http://127.0.0.1:9"
    torn = run("reconcile", "--destination", "klaviyo", "--apply")
    assert torn.exit_code == 1 and "read in part only, 0 people" in torn.output and "nothing was changed" in torn.output
    assert "2 lists could not be compared" in torn.output and "Traceback" not in torn.output
