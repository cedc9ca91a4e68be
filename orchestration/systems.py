"""Which systems the shop has: the list `systems` of dbt_project.yml, which assets and staging models alike go by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project" / "dbt_project.yml"


def systems(project: Path = PROJECT) -> tuple[str, ...]:
    """The names in the list, in its order. Raises ValueError where the list is missing or no list of names."""
    named = (yaml.safe_load(project.read_text()).get("vars") or {}).get("systems")
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise ValueError(f"{project}: vars.systems is no list of names; write it like systems: [shop, crm, ga4]")
    return tuple(named)


def policy(name: str, project: Path = PROJECT) -> Any:
    """A figure of the policy: the variable of that name in dbt_project.yml. Raises KeyError where there is none."""
    return yaml.safe_load(project.read_text())["vars"][name]
