"""The dbt project as SQL to be run at any instant: compiled once by dbt, with an instant in it that is replaced.

Compiled as for a full refresh, so that what grows by days is whole. Needs no data: a model whose SQL asks the warehouse while it is
compiled is not read here (those of identity that do are settled, see FOLLOWING).
One file: what is read, in which order, and what is put in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from orchestration.environment import dbt_sees

#: The instant that the project is compiled with; no text of a project has it by chance.
COMPILED_AT = "2999-12-31 23:59:58"
#: Of identity, what follows the records of the day. The rest decides who is one person: taken as the live warehouse has it.
FOLLOWING = frozenset(
    {
        *("records", "links", "identifiers", "device_owners", "account_members", "accounts"),
        *("int_accounts_named", "int_guests_listed", "int_logins_listed", "int_records_grouped", "int_employments_stated"),
    }
)
CAMPAIGNS = {"triggers": "message", "audiences": "membership"}


@dataclass(frozen=True)
class Model:
    """A model or a seed. name, stage: `cart_abandoned`, `triggers`. sql: None for what is no SQL. reads, raw: the tables in its SQL, by
    name: of the project, and views over landed files. scores: the tables of scores that it is held by (macro scores_read_by)."""

    name: str
    stage: str
    sql: str | None
    is_view: bool = False
    is_held: bool = False
    reads: frozenset[str] = frozenset()
    raw: frozenset[str] = frozenset()
    scores: frozenset[str] = frozenset()

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
    policy: the variables. folder: where the seeds lie, in a warehouse of their own."""

    models: dict[str, Model]
    landed: dict[str, str]
    reasons: list[str]
    policy: dict[str, Any]
    folder: Path
    _moving: dict[str, bool] = field(default_factory=dict)

    def campaigns(self, kind: str = "") -> list[str]:
        """The names of the campaigns: of all, or of one kind (message, membership)."""
        kinds = {stage for stage, its in CAMPAIGNS.items() if kind in ("", its)}
        return sorted(name for name, model in self.models.items() if model.stage in kinds)

    def is_given(self, name: str) -> bool:
        """Whether it is not worked out here: a seed, what is settled, what is not SQL."""
        return self.models[name].sql is None

    def is_moving(self, name: str) -> bool:
        """Whether its answer depends on the instant."""
        if name not in self._moving:
            model = self.models[name]
            self._moving[name] = not self.is_given(name) and (COMPILED_AT in (model.sql or "") or any(map(self.is_moving, model.reads)))
        return self._moving[name]

    def reads_landed(self, name: str) -> bool:
        """Whether it or what it rests on reads landed files."""
        return bool(self.models[name].raw) or any(map(self.reads_landed, self.models[name].reads - {name}))

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


def compiled(project: Path, folder: Path, landing: Path, variables: str = "{}", manifest: Any = None) -> Project:
    """Compiles the project in this process. `folder` gets dbt's artifacts, and a warehouse with the seeds in it.

    landing: the landing zone, which is only looked at. variables: JSON, as dbt takes it. manifest: of the same variables, where it was
    read before. Raises RuntimeError with what dbt says.
    """
    from dbt.cli.main import dbtRunner

    (folder / "landing").symlink_to(landing.resolve())
    place = {
        "project-dir": project,
        "profiles-dir": project,
        "target-path": folder / "target",
        "log-path": folder,
        "vars": variables,
        "log-level": "none",
    }
    settings = [text for name, value in place.items() for text in (f"--{name}", str(value))]
    with dbt_sees(folder, COMPILED_AT):
        if manifest is None:
            manifest = _ended(dbtRunner().invoke(["parse", *settings]))
        wanted = _rested_on(manifest, [*_names(manifest, "audiences"), *_names(manifest, "triggers"), "decisions"])
        _ended(dbtRunner(manifest=manifest).invoke(["seed", *settings]))
        arguments = ["compile", "--full-refresh", *settings, "--select", *sorted(wanted)]
        results = _ended(dbtRunner(manifest=manifest).invoke(arguments)).results
    failed = [f"{result.node.name}: {result.message}" for result in results if str(result.status) != "success"]
    if failed:
        raise RuntimeError("; ".join(failed))
    code = {result.node.unique_id: result.node.compiled_code for result in results}
    policy = yaml.safe_load((project / "dbt_project.yml").read_text())["vars"] | yaml.safe_load(variables)
    landed = {
        f"{source.schema}.{source.identifier}": source.meta["landing"] for source in manifest.sources.values() if "landing" in source.meta
    }
    return Project(dict(_models(manifest, code)), landed, _reasons(manifest), policy, folder)


def _ended(result: Any) -> Any:
    if not result.success:
        failed = [
            f"{one.node.name}: {one.message}" for one in getattr(result.result, "results", []) if str(one.status) in ("error", "fail")
        ]
        raise RuntimeError("; ".join(failed) or f"dbt cannot read the project: {result.exception}")
    return result.result


def _names(manifest: Any, stage: str) -> list[str]:
    return [node.name for node in manifest.nodes.values() if node.resource_type == "model" and node.fqn[1] == stage]


def _rested_on(manifest: Any, targets: Iterable[str]) -> set[str]:
    """The targets and what dbt takes them to rest on, up to what is settled."""
    nodes = {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}
    seen, waiting = set[str](), list(targets)
    while waiting:
        name = waiting.pop()
        if name in seen or name not in nodes or _is_settled(nodes[name]):
            continue
        seen.add(name)
        waiting += [parent.split(".")[-1] for parent in nodes[name].depends_on.nodes]
    return seen


def _is_settled(node: Any) -> bool:
    return bool(node.fqn[1] == "identity" and node.name not in FOLLOWING)


def _models(manifest: Any, code: Mapping[str, str]) -> Iterator[tuple[str, Model]]:
    nodes = {key: node for key, node in manifest.nodes.items() if node.resource_type in ("model", "seed")}
    names = {str(node.relation_name).replace('"', "").split(".", 1)[1]: node.name for node in nodes.values() if node.relation_name}
    for key, node in nodes.items():
        sql = code.get(key) if getattr(node, "language", "sql") == "sql" and node.resource_type == "model" else None
        # what a comment names orders dbt's work, and is not read
        found = {".".join(parts) for parts in re.findall(r'"\w+"\."(\w+)"\."(\w+)"', re.sub(r"--[^\n]*", "", sql or ""))}
        yield (
            node.name,
            Model(
                name=node.name,
                stage=node.schema,
                sql=sql,
                is_view=node.config.materialized == "view",
                is_held=node.config.materialized == "held_table",
                reads=frozenset(names[table] for table in found & names.keys()) - {node.name},
                raw=frozenset(found - names.keys()),
                scores=frozenset(_scores(manifest, node)) if node.resource_type == "model" else frozenset(),
            ),
        )


def _scores(manifest: Any, node: Any) -> set[str]:
    found, seen, waiting = set[str](), set[str](), list(node.depends_on.nodes)
    while waiting:
        parent = waiting.pop()
        if parent in seen:
            continue
        seen.add(parent)
        if parent in manifest.sources:
            source = manifest.sources[parent]
            found |= {source.name} if source.source_name == "scores" else set()
        elif not parent.endswith(".drift") and manifest.nodes[parent].fqn[1] in ("scores", *CAMPAIGNS):
            waiting += manifest.nodes[parent].depends_on.nodes
    return found


def _reasons(manifest: Any) -> list[str]:
    """The reasons in the order of the policy: that in which the model's own description lists them."""
    for node in manifest.nodes.values():
        about = getattr(node, "test_metadata", None)
        if about and about.name == "accepted_values" and node.column_name == "reason" and str(node.attached_node).endswith(".decisions"):
            return list((about.kwargs.get("arguments") or about.kwargs)["values"])
    return []
