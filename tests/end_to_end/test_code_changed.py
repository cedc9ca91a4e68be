"""A table that grows by days and was made by other code is made anew, by itself; a history of what happened never is."""

import json
import shutil
from pathlib import Path

import pytest
from warehouse_kit import PROJECT, Warehouse, dated, moment, parsed

from orchestration.sources import shop

NOW = moment(2026, 6, 15, 9)
LATER = moment(2026, 6, 16, 9)
KEPT = ["int_ga4_events_flattened", "int_phones_parsed"]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A customer, two days of visits, and the project as it is."""
    built = Warehouse(tmp_path_factory.mktemp("code"))
    customer = {"customer_id": "a1", "phone": "030 901820", "country_code": "DE"}
    built.land(shop.CUSTOMERS, dated([customer], moment(2025, 1, 1)), NOW)
    built.land_events([_view(moment(2026, 6, 1, 10)), _view(moment(2026, 6, 2, 10))], NOW)
    built.build(NOW, "regulars", only="seed")
    built.build(NOW, "+identity", "int_ga4_events_flattened", only="run")
    return built


def _view(at: object) -> dict[str, object]:
    return {"event_at": at, "event_name": "page_view", "user_pseudo_id": "d1", "session_id": 7, "device": "mobile"}


def _run(project: Path, data: Path, *words: str) -> None:
    """A run of another project by hand, with a parse of its own."""
    from dbt.cli.main import dbtRunner

    place = {"project-dir": project, "profiles-dir": project, "target-path": data / "changed_target", "log-path": data / "logs"}
    settings = [str(text) for name, folder in place.items() for text in (f"--{name}", folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_DATA", str(data))
        patch.setenv("REGULARS_AS_OF", f"{LATER:%Y-%m-%d %H:%M:%S}")
        ended = dbtRunner().invoke(["--quiet", "run", *words, "--vars", "matching: false", *settings])
    assert ended.success, ended.exception or [result.message for result in ended.result.results if result.status == "error"]


def test_what_is_known_stays_until_a_macro_changes(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("update staging.int_ga4_events_flattened set device_category = 'as it was'")
        connection.execute("update staging.int_phones_parsed set phone = 'as it was'")
    warehouse.build(LATER, *KEPT, "+identity", only="run")
    assert _devices(warehouse) == {"as it was"} and _phones(warehouse) == {"as it was"}
    assert _mode(warehouse) == "day"

    changed = warehouse.folder / "changed"
    shutil.copytree(PROJECT, changed, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    with (changed / "macros" / "ga4_flattened.sql").open("a") as file:
        file.write("\n{#- another word -#}\n")
    _run(changed, warehouse.folder, "--select", *KEPT, "+identity")
    assert _devices(warehouse) == {"mobile"} and _phones(warehouse) == {"+4930901820"}
    assert _mode(warehouse) == "rebuild"


def test_a_full_refresh_keeps_what_was_decided() -> None:
    nodes = parsed(json.dumps({"matching": False})).nodes.values()
    histories = {
        one.name: one.config.full_refresh for one in nodes if one.fqn[1] == "decisions" and one.config.materialized == "incremental"
    }
    assert histories == dict.fromkeys(["assignments", "campaign_history", "decision_history", "messages_audited"], False)


def _devices(warehouse: Warehouse) -> set[object]:
    return {row["device_category"] for row in warehouse.rows("from staging.int_ga4_events_flattened")}


def _phones(warehouse: Warehouse) -> set[object]:
    return {row["phone"] for row in warehouse.rows("from staging.int_phones_parsed")}


def _mode(warehouse: Warehouse) -> object:
    return warehouse.rows("select mode from identity.latest_run")[0]["mode"]
