"""The page on campaigns is followed to the letter, in a copy of the project: its trigger asks, is decided on and has its words."""

import json
import shutil
from pathlib import Path

import pytest
from test_adding_a_source import follow
from warehouse_kit import PROJECT, Warehouse, dated, moment, order

from content.checks import check
from content.templates import load
from orchestration.programme import campaign
from orchestration.sources import crm, shop

NOW = moment(2026, 6, 15, 9)
NAME = "fourth_order_thanked"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the page changes, changed."""
    copy = tmp_path_factory.mktemp("project")
    shutil.copytree(PROJECT, copy / "dbt_project", ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    shutil.copytree(PROJECT.parent / "messages", copy / "messages")
    assert not follow((PROJECT.parent / "docs/campaigns.md").read_text(), copy)
    return copy


@pytest.fixture(scope="module")
def warehouse(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One who ordered four times, one whose fourth order is too young, built up to the decisions by the changed project."""
    built = Warehouse(tmp_path_factory.mktemp("campaigns"))
    people = [{"customer_id": f"a{number}", "email": f"ann{number}@shop.example.net"} for number in range(2)]
    contacts = [{"contact_id": f"k{number}", "shop_customer_id": f"a{number}", "time_zone": "UTC", **people[number]} for number in range(2)]
    said = {"channel": "email", "purpose": "marketing", "status": "granted", "recorded_at": moment(2026, 1, 1)}
    last = {0: moment(2026, 6, 12, 8), 1: moment(2026, 6, 12, 10)}
    built.land(shop.CUSTOMERS, dated(people, moment(2026, 1, 1)), NOW)
    built.land(crm.CONTACTS, dated([{**one, "customer_id": None} for one in contacts], moment(2026, 1, 1)), NOW)
    built.land(
        crm.CONSENTS, [{"consent_id": f"c{n}", "contact_id": f"k{n}", **said, "updated_at": moment(2026, 1, 1)} for n in range(2)], NOW
    )
    orders = [
        order(f"o{n}.{turn}", moment(2026, 1 + turn, 5) if turn < 3 else last[n], customer_id=f"a{n}") for n in last for turn in range(4)
    ]
    built.land(shop.ORDERS, orders, NOW)
    _dbt(project, built, "build", "--select", "+regulars.decisions.decisions", "--exclude-resource-type", "test", "unit_test")
    _dbt(project, built, "test", "--select", NAME)
    return built


def _dbt(project: Path, warehouse: Warehouse, *words: str) -> None:
    from dbt.cli.main import dbtRunner

    place = {"project-dir": project / "dbt_project", "profiles-dir": project / "dbt_project", "target-path": project / "target"}
    settings = [
        "--vars",
        "matching: false",
        "--log-path",
        str(project / "logs"),
        *(str(t) for k, v in place.items() for t in (f"--{k}", v)),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_DATA", str(warehouse.folder))
        patch.setenv("REGULARS_AS_OF", f"{NOW:%Y-%m-%d %H:%M:%S}")
        ended = dbtRunner().invoke(["--quiet", *words, *settings])
    assert ended.success, ended.exception or [result.message for result in ended.result.results if result.status in ("error", "fail")]


def test_its_request_is_decided_on(warehouse: Warehouse) -> None:
    asked = f"from decisions.decisions where campaign = '{NAME}'"
    (row,) = warehouse.rows(f"select scenario, channel, occasion, occurred_at, json_extract_string(tokens, '$.path') as path {asked}")
    assert row == {"scenario": "thanks", "channel": "email", "occasion": "o0.3", "occurred_at": moment(2026, 6, 15, 8), "path": "waiting"}
    (decided,) = warehouse.rows(f"select reason {asked}")
    assert decided["reason"] in (None, "in_stronger_scenario", "outranked", "send_time", "holdout")


def test_its_words_are_good(project: Path, warehouse: Warehouse) -> None:
    node = json.loads((project / "target" / "manifest.json").read_text())["nodes"][f"model.regulars.{NAME}"]
    problems = check(load(project / "messages"), [campaign(NAME, node)])
    assert [problem for problem in problems if NAME in problem.file] == []
