"""The README's three changes of an analyst are made to the letter, in a copy of the project: what it promises must come true."""

import re
import shutil
from pathlib import Path

import pytest
from warehouse_kit import PROJECT, Warehouse, dated, moment, order

from orchestration.sources import shop

NOW = moment(2026, 6, 15, 9)
DIFF = re.compile(r'^```diff title="dbt_project/([^"]+)"\n(.*?)^```$', re.S | re.M)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Built by the project as it is, then by its changed copy, without a word about what to rebuild."""
    built = Warehouse(tmp_path_factory.mktemp("changes"))
    built.land(shop.CUSTOMERS, dated([{"customer_id": f"a{number}"} for number in range(9)], moment(2025, 1, 1)), NOW)
    days = {f"o{number}.{turn}": moment(2026, 1 + turn, 1 + number) for number in range(9) for turn in range(1 + number // 2)}
    orders = [order(key, at, customer_id=f"a{key[1]}", total_amount=10 * int(key[1]) + 5) for key, at in days.items()]
    orders[0]["coupon_code"] = "SPRING"
    built.land(shop.ORDERS, orders, NOW)
    changed = built.folder / "changed"
    shutil.copytree(PROJECT, changed, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    for name, text in DIFF.findall((PROJECT.parent / "README.md").read_text()):
        before = "\n".join(line[1:] for line in text.splitlines() if line[0] == " ")
        after = "\n".join(line[1:] for line in text.splitlines())
        assert before in (changed / name).read_text(), f"{name} does not have what the README says: {before}"
        (changed / name).write_text((changed / name).read_text().replace(before, after, 1))
    built.build(NOW, "regulars", only="seed")
    built.build(NOW, "+marts", only="run")
    _run(changed, built.folder)
    return built


def _run(project: Path, data: Path) -> None:
    """The same of another project, with a parse of its own."""
    from dbt.cli.main import dbtRunner

    place = {"project-dir": project, "profiles-dir": project, "target-path": data / "changed_target", "log-path": data / "logs"}
    words = ["--quiet", "run", "--select", "profiles", "marts", "--vars", "matching: false"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_DATA", str(data))
        patch.setenv("REGULARS_AS_OF", f"{NOW:%Y-%m-%d %H:%M:%S}")
        ended = dbtRunner().invoke([*words, *(str(text) for name, folder in place.items() for text in (f"--{name}", folder))])
    assert ended.success, ended.exception or [result.message for result in ended.result.results if result.status == "error"]


def test_a_column_of_the_profile_is_there(warehouse: Warehouse) -> None:
    found = warehouse.rows("select has_both_consents, count(*) as people from profiles.profiles group by all")
    assert found == [{"has_both_consents": False, "people": 9}]


def test_a_segment_is_there_now_and_in_the_history(warehouse: Warehouse) -> None:
    best = warehouse.rows("select r_score, f_score, m_score from marts.rfm where segment = 'top_customers'")
    assert best and all(set(row.values()) == {5} for row in best)
    assert not warehouse.rows("from marts.rfm where r_score + f_score + m_score = 15 and segment <> 'top_customers'")
    assert warehouse.rows("from marts.rfm_history where segment = 'top_customers'"), "history is worked out again by itself"


def test_a_kpi_has_its_values_and_its_definition(warehouse: Warehouse) -> None:
    (found,) = warehouse.rows("select sum(numerator) as coupons, sum(denominator) as orders from marts.metrics "
                              "where metric = 'coupon_share' and period_type = 'month'")  # fmt: skip
    (counted,) = warehouse.rows("select count(*) as orders from marts.orders where is_paid")
    assert (found["coupons"], found["orders"]) == (1, counted["orders"])
    (told,) = warehouse.rows("select label, unit, better from marts.metric_definitions where metric = 'coupon_share'")
    assert told == {"label": "Orders with a coupon", "unit": "share", "better": "down"}
