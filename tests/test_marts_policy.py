"""What the marts by days rest on is named where they look for it."""

import json
import re
from typing import Any

import pytest

#: Macros that a model of the marts calls by way of the days' machinery, and that are about identity.
APART = {f"macro.regulars.{name}" for name in ("is_identity_day", "identity_policy", "open_identity_run")}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    from orchestration.assets.warehouse import manifest

    read: dict[str, Any] = json.loads(manifest().read_text())
    return read


def _models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_what_marts_keep_is_closed_by_the_last_of_them(manifest: dict[str, Any]) -> None:
    """A run of the marts counts as whole only after everything that keeps its rows."""
    (last,) = [node for node in _models(manifest) if node["name"] == "int_fingerprints_known"]
    lists = {f"model.regulars.int_{name}_touched" for name in ("days", "sessions", "persons")}
    keeping = {
        node["unique_id"]
        for node in _models(manifest)
        if node["fqn"][1] == "marts" and node["config"]["materialized"] in ("incremental", "by_days") and node["unique_id"] not in lists
    }
    assert keeping - set(last["depends_on"]["nodes"]) == set()


def test_a_change_of_a_variable_rebuilds_the_marts(manifest: dict[str, Any]) -> None:
    """Every variable that marts rest on, in a model or in a macro that it calls, is in their policy."""
    (policy,) = re.findall(
        r"macro policy_variables.*?return\(\[(.*?)\]\)", manifest["macros"]["macro.regulars.policy_variables"]["macro_sql"], re.S
    )
    texts, waiting = [], []
    for node in _models(manifest):
        if node["fqn"][1] in ("staging", "profiles", "marts"):
            texts.append(node["raw_code"])
            waiting += node["depends_on"]["macros"]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        # identity and the reader of files have words of their own; what decides how a run works reads its list
        if name in seen or not name.startswith("macro.regulars.") or name in APART:
            continue
        seen.add(name)
        texts.append(manifest["macros"][name]["macro_sql"])
        waiting += manifest["macros"][name]["depends_on"]["macros"]
    used = {found for text in texts for found in re.findall(r"\bvar\(\s*'(\w+)'", text)} - {"as_of", "reporting_currency"}
    assert used - set(re.findall(r"'(\w+)'", policy)) == set()
