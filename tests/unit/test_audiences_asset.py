"""The audiences at their providers: what the page tells of a provider that answers, of one that is down, and of a list that must wait."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from provider_kit import set_clock
from shell_kit import Deployment, checks, metadata

from activations.destinations import Klaviyo
from activations.ledger import Ledger
from activations.syncs.reconciliation import reconcile
from activations.syncs.snapshots import Snapshots
from demo.provider.options import Options
from demo.provider.server import running
from orchestration.assets.audiences import audiences
from orchestration.delivery_policy import SyncRule
from orchestration.resources import moment
from orchestration.syncs import export_audiences
from orchestration.warehouse import Warehouse

WAREHOUSE = """
    create schema audiences; create schema decisions; create schema staging;
    create table audiences.champions as select 1 as one; create table audiences.nobody as select 1 as one;
    create table audiences.sunset as select 1 as one;
    create table decisions.memberships as select
        'champions' as audience, 'p' || n as profile_id, 'ann' || n || '@example.com' as email, cast(null as varchar) as phone,
        'Ann' as first_name, 'Smith' as last_name, n as orders_count, 'h' || n as row_hash from range(30) as rows (n)
        union all select 'sunset', 'p1', 'ann1@example.com', null, 'Ann', 'Smith', 1, 'h1';
    create table decisions.spikes as select 'sunset' as campaign, 'membership' as kind;
    create table staging.stg_operator__approvals (campaign varchar, expires_at timestamp);
"""
AT = moment("2026-06-30T09:00:00+00:00")


@pytest.fixture
def deployed(tmp_path: Path) -> Deployment:
    deployed = Deployment(tmp_path)
    set_clock(deployed.world)
    deployed.data.mkdir()
    with duckdb.connect(str(deployed.data / "warehouse.duckdb")) as warehouse:
        warehouse.execute(WAREHOUSE)
    return deployed


def verdicts(result: Any) -> dict[str, bool]:
    return {name.rpartition(":")[2]: check.passed for name, check in checks(result).items()}


def test_the_page_tells_what_happened_at_each_provider_and_what_comes_next(deployed: Deployment) -> None:
    down = deployed.materialize(audiences)
    assert down.success
    shown = metadata(down, "delivery/audiences")
    assert list(shown)[:4] == ["when", "how_many", "what_failed_and_why", "what_next"], "in the order in which it is read"
    assert "| klaviyo | 2 | 1 | 0 | 30 |" in shown["how_many"] and "| csv_file | 2 | 2 | 30 | 0 |" in shown["how_many"]
    assert "**klaviyo could not go on**: 30 rows of champions. Why: " in shown["what_failed_and_why"]
    assert "klaviyo did not take everything" in shown["what_next"] and "regulars campaigns approve sunset" in shown["what_next"]
    assert verdicts(down) == {"every_list_is_in_step": False, "no_row_was_rejected": True, "no_row_is_held": True}
    assert shown["waiting_for_a_person"] == "sunset" and shown["members"] == {"champions": 30, "nobody": 0}

    with running(deployed.world, options=Options(limits="off", settle_seconds=0.0)) as provider:
        back = deployed.materialize(audiences, KLAVIYO_URL=provider.url)
        again = deployed.materialize(audiences, KLAVIYO_URL=provider.url)
        assert "never: `regulars syncs reconcile`" in metadata(again, "delivery/audiences")["last_compared_with_the_provider"]
        snapshots, klaviyo = (
            Snapshots(deployed.data / "acknowledged", Ledger(deployed.settings["LEDGER_URL"])),
            Klaviyo("pk_x", base_url=provider.url),
        )
        reconcile("champions", klaviyo, snapshots, lambda: AT)
        compared = metadata(deployed.materialize(audiences, KLAVIYO_URL=provider.url), "delivery/audiences")
    assert "| champions | klaviyo | 2026-06-30T09:00 | 30 | 30 | 30 | 0 | 0 | 0 | no |" in compared["last_compared_with_the_provider"]
    shown = metadata(back, "delivery/audiences")
    assert shown["what_failed_and_why"] == "nothing failed" and shown["changes"] == 30
    assert "| champions | klaviyo | 30 | 30 | 0 | 30 | 0 | 0 | 0 | yes |" in shown["lists"]
    assert all(verdicts(back).values()) and metadata(again, "delivery/audiences")["changes"] == 0
    assert not deployed.leaks()


def test_an_audience_is_exported_as_its_rules_want_it(deployed: Deployment) -> None:
    rules = [SyncRule("klaviyo", "mirror"), SyncRule("csv_file", "append", ("champions",))]
    folder = deployed.data / "audiences"
    exported = export_audiences(Warehouse(data=str(deployed.data)), folder, rules, AT)
    assert (dict(exported.members), exported.held) == ({"champions": 30, "nobody": 0}, {"sunset"})
    assert sorted(path.name for path in folder.iterdir()) == ["champions.events.parquet", "champions.parquet", "nobody.parquet"]
    told = pq.read_table(exported.file("champions", "append")).to_pylist()[0]
    assert (told["row_id"], told["event"], told["occurred_at"].isoformat()) == ("champions:p0", "champions", "2026-06-30T09:00:00")
    assert "row_hash" not in told and "audience" not in told
    assert pq.read_table(exported.file("nobody", "mirror")).num_rows == 0
