"""Habits as known at an instant are the same to the last bit, whatever is dated or landed later: the project's own SQL on any rows."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import test_features_point_in_time as known_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_features_point_in_time import FIXED, INPUTS, PEOPLE, Features, T, World, rows
from warehouse_kit import _settings, parsed

MODELS = {"item_purchases": ("as_of", "profile_id", "product_id"), "order_rhythms": ("as_of", "profile_id"), "activity_hours": ()}
#: What came next is no feature.
LABELS = {"order_rhythms": {"next_order_on"}}


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from dbt.cli.main import dbtRunner

    folder: Path = tmp_path_factory.mktemp("compiled")
    variables = '{"matching": false}'
    columns = dict(known_rows.COLUMNS) | {"profiles.profiles": "profile_id varchar, time_zone varchar"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_DATA", str(folder))
        patch.setenv("REGULARS_AS_OF", f"{T:%Y-%m-%d %H:%M:%S}")
        ended = dbtRunner(manifest=parsed(variables)).invoke(["compile", *_settings(variables, folder), "--select", *MODELS])
        assert ended.success, ended.exception
        patch.setitem(
            columns,
            "staging.stg_all__refund_lines",
            columns["staging.stg_all__refund_lines"] + ", order_line_id varchar, product_id varchar",
        )
        patch.setattr(known_rows, "COLUMNS", columns)
        compiled = {
            result.node.name: "select * exclude ({}) from ({})".format(
                ", ".join(LABELS.get(result.node.name, {"nothing"})), f"select *, 0 as nothing from ({result.node.compiled_code})"
            )
            for result in ended.result.results  # type: ignore[union-attr]
        }
        yield Features(compiled)


def world(r: random.Random, mark: str, size: int) -> World:
    """Rows as for the other features; what came back names a line of an order or its product."""
    made = rows(r, mark, size)
    for row in made["staging.stg_all__refund_lines"]:
        line = r.choice([None, f"{mark}{r.randrange(12)}"])
        row |= {"order_line_id": line, "product_id": None if line else f"i{r.randrange(5)}"}
    return made


def joined(*worlds: World) -> World:
    people = {"profiles.profiles": [{"profile_id": person, "time_zone": "Europe/Kyiv"} for person in PEOPLE]}
    return people | {table: [row for each in worlds for row in each.get(table, [])] for table in (*INPUTS, *FIXED)}


def answer(features: Features, model: str, given: World, r: random.Random) -> list[tuple[Any, ...]]:
    return sorted(features.of(model, given, r), key=str)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9), early=st.integers(1, 40), late=st.integers(1, 40))
def test_what_is_dated_or_landed_later_changes_no_bit(features: Features, model: str, seed: int, early: int, late: int) -> None:
    r = random.Random(seed)
    known, after = joined(FIXED, world(r, "e", early)), world(r, "l", late)
    for table, (happened_at, known_at, _) in INPUTS.items():
        after[table] = [row for row in after[table] if row[happened_at] >= T or row[known_at] > T]
    assert answer(features, model, joined(known, after), r) == answer(features, model, known, r)


def test_every_input_counts(features: Features) -> None:
    r = random.Random(5)
    known = joined(FIXED, world(r, "e", 60))
    read = {
        "item_purchases": {"marts.orders", "marts.order_items", "staging.stg_all__refunds", "staging.stg_all__refund_lines"},
        "order_rhythms": {"marts.orders"},
        "activity_hours": {"marts.orders", "staging.stg_all__events", "identity.device_owners", "profiles.profile_engagements"},
    }
    for model, tables in read.items():
        everything = answer(features, model, known, r)
        assert {row[0] for row in everything} == {
            T,
            T - timedelta(days={"item_purchases": 30, "order_rhythms": 180, "activity_hours": 60}[model]),
        }
        for table in tables:
            assert answer(features, model, known | {table: []}, r) != everything, (model, table)
