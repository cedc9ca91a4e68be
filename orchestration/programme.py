"""The campaigns that send messages, as the dbt project declares them: what their templates must fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from content.tokens import Campaign, variants_of
from content.values import Shop
from orchestration.environment import ROOT


def variables() -> dict[str, Any]:
    """The policy, as dbt_project.yml has it."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())["vars"]
    return found


def messages_folder() -> Path:
    """Where the templates are."""
    return ROOT / str(variables()["messages_folder"])


def shop() -> Shop:
    """What the messages say of the shop."""
    said = variables()
    own = {name: said[f"shop_{name}"] for name in ("name", "url", "address")}
    return Shop(**own, **{name: said[name] for name in ("product_url", "unsubscribe_url", "preferences_url")})


def declared() -> list[Campaign]:
    """The triggers of vars.triggers in their order, read from the project's files; those without a model are left out."""
    from orchestration.assets.warehouse import manifest

    nodes = json.loads(manifest().read_text())["nodes"]
    names = [name for entry in variables()["triggers"] for name in entry]
    return [campaign(name, node) for name in names if (node := nodes.get(f"model.regulars.{name}"))]


def campaign(name: str, node: Mapping[str, Any]) -> Campaign:
    """A trigger of the manifest; `campaign()` leaves what it asks for in its model's meta."""
    asks = node["config"]["meta"]["asks"]
    reads = tuple(sorted(parent.rpartition(".")[2] for parent in node["depends_on"]["nodes"]))
    variants = variants_of((node["config"]["meta"].get("experiment") or {}).get("variants"))
    return Campaign(name, asks["channel"], asks["purpose"], tuple(node["columns"]), reads, variants)
