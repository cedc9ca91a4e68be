"""The dbt project as SQL to be run at any instant: compiled once (compiling.py), with an instant in it that is replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

#: The instant that the project is compiled with; no text of a project has it by chance.
COMPILED_AT = "2999-12-31 23:59:58"
CAMPAIGNS = {"triggers": "message", "audiences": "membership"}


@dataclass(frozen=True)
class Model:
    """A model or a seed. name, stage: `cart_abandoned`, `triggers`. sql: None for what is no SQL. reads, raw: the tables in its SQL, by
    name: of the project, and views over landed files. scores: the tables of scores that it is held by (macro scores_read_by). python,
    settings: of a model in Python its file, and what its .yml says to it."""

    name: str
    stage: str
    sql: str | None
    is_view: bool = False
    is_held: bool = False
    reads: frozenset[str] = frozenset()
    raw: frozenset[str] = frozenset()
    scores: frozenset[str] = frozenset()
    python: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return f"{self.stage}.{self.name}"

    def at(self, instant: datetime) -> str:
        """Its query as of an instant (naive UTC). Raises ValueError for what has none."""
        if self.sql is None:
            raise ValueError(f"{self.name} is no SQL")
        return self.sql.replace(COMPILED_AT, f"{instant:%Y-%m-%d %H:%M:%S}")


@dataclass
class Project:
    """What was compiled. landed: the files below the landing zone of each raw table, by `schema.name`. reasons: in their order.
    policy: the variables. listed: the names in the programme, by stage. holdouts: each one's own control
    group, in percent. waits: the triggers' waits of hours and minutes. folder: where the seeds lie, in a warehouse of their own."""

    models: dict[str, Model]
    landed: dict[str, str]
    reasons: list[str]
    policy: dict[str, Any]
    listed: dict[str, list[str]]
    folder: Path
    holdouts: dict[str, float] = field(default_factory=dict)
    waits: frozenset[timedelta] = frozenset()
    _moving: dict[str, bool] = field(default_factory=dict)

    def campaigns(self, kind: str = "") -> list[str]:
        """The names of the programme's campaigns, in order of priority: of all, or of one kind (message, membership)."""
        return [name for stage, its in CAMPAIGNS.items() if kind in ("", its) for name in self.listed[stage]]

    def is_given(self, name: str) -> bool:
        """Whether it is not worked out here: a seed, what is settled, what is not SQL."""
        return self.models[name].sql is None

    def is_moving(self, name: str) -> bool:
        """Whether its answer depends on the instant."""
        if name not in self._moving:
            model = self.models[name]
            self._moving[name] = not self.is_given(name) and (COMPILED_AT in (model.sql or "") or any(map(self.is_moving, model.reads)))
        return self._moving[name]

    def is_reusable(self, name: str) -> bool:
        """Whether it is a table of staging over landed files whatever the instant: as the last build left it, it is as good as anew."""
        model = self.models[name]
        is_still = not self.is_given(name) and not self.is_moving(name)
        return is_still and model.stage == "staging" and not model.is_view and self._reads_landed(name)

    def _reads_landed(self, name: str) -> bool:
        return bool(self.models[name].raw) or any(map(self._reads_landed, self.models[name].reads))

    def needed(self, targets: Iterable[str], without: Iterable[str] = ()) -> list[Model]:
        """The targets and all that they rest on, in an order in which they can be built; `without` some, and what these alone need."""
        seen, ordered = set(without), list[Model]()

        def visit(name: str) -> None:
            if name in seen:
                return
            seen.add(name)
            if not self.is_given(name):
                for parent in sorted(self.models[name].reads):
                    visit(parent)
            ordered.append(self.models[name])

        for target in targets:
            visit(target)
        return ordered


def holdouts_of(manifest: Any, campaigns: Iterable[str], policy: Mapping[str, Any]) -> dict[str, float]:
    """The share, in percent, of each campaign's own control group: its own word, else the policy's."""
    nodes = {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}
    usual = policy.get("holdout_campaign_pct", 0)
    return {name: nodes[name].config.meta.get("holdout_pct", usual) if name in nodes else usual for name in campaigns}


def waits_of(manifest: Any, triggers: Iterable[str]) -> frozenset[timedelta]:
    """What triggers say to the macro `waited` in hours and minutes. Days are no hurry: a full run finds them."""
    names = set(triggers)
    code = [node.raw_code for node in manifest.nodes.values() if node.resource_type == "model" and node.name in names]
    calls = [dict(re.findall(r"(\w+)=(\d+)", call)) for text in code for call in re.findall(r"waited\((.*?)\}\}", text, re.DOTALL)]
    found = (timedelta(hours=int(one.get("hours", 0)), minutes=int(one.get("minutes", 0))) for one in calls if "days" not in one)
    return frozenset(wait for wait in found if wait)
