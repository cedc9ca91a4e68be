"""Which systems the shop has: the list `systems` of dbt_project.yml, which assets and staging models alike go by."""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project" / "dbt_project.yml"


def systems(project: Path = PROJECT) -> tuple[str, ...]:
    """The names in the list, in its order. Raises ValueError where the list is missing or no list of names."""
    named = _variables(project).get("systems")
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise ValueError(f"{project}: vars.systems is no list of names; write it like systems: [shop, crm, ga4]")
    return tuple(named)


def policy(name: str, project: Path = PROJECT) -> Any:
    """A figure of the policy: the variable of that name in dbt_project.yml. Raises KeyError where there is none."""
    return copy.deepcopy(_variables(project)[name])


def _variables(project: Path) -> dict[str, Any]:
    """Read once for as long as the file stays as it is: an import of the deployment asks some forty times."""
    seen = project.stat()
    return _read(project, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=8)
def _read(project: Path, changed: int, size: int) -> dict[str, Any]:
    return (yaml.safe_load(project.read_text()) or {}).get("vars") or {}
