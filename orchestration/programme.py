"""The campaigns that send messages, as the dbt project declares them: what their templates must fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from content.tokens import Campaign
from orchestration.environment import ROOT

MESSAGES = ROOT / "messages"


def declared() -> list[Campaign]:
    """The triggers of vars.triggers in their order, read from the project's files; those without a model are left out."""
    from orchestration.assets.warehouse import manifest

    nodes = json.loads(manifest().read_text())["nodes"]
    listed = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())["vars"]["triggers"]
    names = [name for entry in listed for name in entry]
    return [campaign(name, node) for name in names if (node := nodes.get(f"model.regulars.{name}"))]


def campaign(name: str, node: Mapping[str, Any]) -> Campaign:
    """A trigger of the manifest; `campaign()` leaves what it asks for in its model's meta."""
    asks = node["config"]["meta"]["asks"]
    reads = tuple(sorted(parent.rpartition(".")[2] for parent in node["depends_on"]["nodes"]))
    return Campaign(name, asks["channel"], asks["purpose"], tuple(node["columns"]), reads)
