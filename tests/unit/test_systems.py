"""Which systems the shop has: one list that assets, gates and staging models go by."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration.assets.raw import raw_assets
from orchestration.sources.catalogue import SYSTEMS
from orchestration.systems import systems


def test_the_list_of_the_project_is_known_to_the_assets() -> None:
    assert set(systems()) <= set(SYSTEMS)


def test_only_the_assets_of_used_systems_are_made() -> None:
    assert {asset.key for asset in raw_assets(["ga4"])} == {dg.AssetKey(["raw", "ga4_events"])}


def test_an_unknown_system_is_named_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r"typo is not known; known are .*shop"):
        raw_assets(["shop", "typo"])


@pytest.mark.parametrize("text", ["vars: {}", "vars: {systems: shop}", "name: x", "vars: {systems: [1]}"])
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    project = tmp_path / "dbt_project.yml"
    project.write_text(text)
    with pytest.raises(ValueError, match=r"vars\.systems is no list of names"):
        systems(project)
