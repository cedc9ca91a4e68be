"""dbt in this process: the project read once, built in a folder of its own, and compiled into SQL that is run at any instant.

Compiled as for a full refresh, so that what grows by days is whole. Needs no data: a model whose SQL asks the warehouse while it is
compiled is not read here (those of identity that do are settled, see FOLLOWING).
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from orchestration.assets.landed import LANDED
from orchestration.environment import dbt_sees
from orchestration.landing import Landing
from orchestration.replay.project import CAMPAIGNS, COMPILED_AT, Model, Project, holdouts_of, waits_of

#: Of identity, what follows the records of the day. The rest decides who is one person: taken as the live warehouse has it.
FOLLOWING = frozenset(
    {
        *("records", "links", "identifiers", "device_owners", "account_members", "accounts"),
        *("int_accounts_named", "int_guests_listed", "int_logins_listed", "int_records_grouped", "int_employments_stated"),
    }
)


def parsed(project: Path, folder: Path, variables: str = "{}") -> Any:
    """The manifest of a project. folder: gets dbt's artifacts. variables: JSON, as dbt takes it. Raises RuntimeError with what dbt says."""
    return _dbt(["parse"], project, folder, variables, None, COMPILED_AT)


def built(project: Path, folder: Path, variables: str, manifest: Any, as_of: datetime, select: Sequence[str]) -> None:
    """Builds models and seeds in the warehouse of a data folder, untested. as_of: naive UTC. Raises RuntimeError."""
    arguments = ["build", "--select", *select, "--exclude-resource-type", "test", "unit_test"]
    _dbt(arguments, project, folder, variables, manifest, f"{as_of:%Y-%m-%d %H:%M:%S}")


def compiled(project: Path, folder: Path, variables: str = "{}", manifest: Any = None) -> Project:
    """Compiles what decides, in this process. `folder` gets dbt's artifacts, an empty landing zone and a warehouse with the seeds in it.

    manifest: of the same variables, where it was read before. Raises RuntimeError.
    """
    Landing(folder / "landing").declare(*LANDED.values())  # dbt makes its views over it before anything else
    manifest = manifest or parsed(project, folder, variables)
    policy = yaml.safe_load((project / "dbt_project.yml").read_text())["vars"] | yaml.safe_load(variables)
    listed = {stage: _listed(policy, stage, manifest) for stage in CAMPAIGNS}
    wanted = _rested_on(manifest, [*listed["triggers"], *listed["audiences"], "decisions"])
    _dbt(["seed"], project, folder, variables, manifest, COMPILED_AT)
    results = _dbt(["compile", "--full-refresh", "--select", *sorted(wanted)], project, folder, variables, manifest, COMPILED_AT).results
    code = {result.node.unique_id: result.node.compiled_code for result in results}
    landed = {f"{one.schema}.{one.identifier}": one.meta["landing"] for one in manifest.sources.values() if "landing" in one.meta}
    named = [name for names in listed.values() for name in names]
    said = (holdouts_of(manifest, named, policy), waits_of(manifest, listed["triggers"]))
    return Project(dict(_models(manifest, code, project)), landed, _reasons(manifest), policy, listed, folder, *said)


def _listed(policy: Mapping[str, Any], stage: str, manifest: Any) -> list[str]:
    """The programme's names; where the policy has no list of them (a project of an earlier day), all that are there."""
    if stage in policy:
        return [next(iter(one)) if isinstance(one, dict) else str(one) for one in policy[stage] or []]
    return sorted(node.name for node in manifest.nodes.values() if node.resource_type == "model" and node.fqn[1] == stage)


def _dbt(arguments: Sequence[str], project: Path, folder: Path, variables: str, manifest: Any, as_of: str) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    place = {"project-dir": project, "profiles-dir": project, "target-path": folder / "target", "log-path": folder, "vars": variables}
    settings = [text for name, value in place.items() for text in (f"--{name}", str(value))]
    try:
        with dbt_sees(folder, as_of):
            ended = dbtRunner(manifest=manifest).invoke([*arguments, *settings, "--log-level", "none"])
    finally:  # dbt holds its last connection to write open, beside which this process could open none to read
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        gc.collect()
    failed = [f"{one.node.name}: {one.message}" for one in getattr(ended.result, "results", []) if str(one.status) in ("error", "fail")]
    if failed or not ended.success:
        raise RuntimeError("; ".join(failed) or f"dbt cannot read the project: {ended.exception}")
    return ended.result


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


def _models(manifest: Any, code: Mapping[str, str], project: Path) -> Iterator[tuple[str, Model]]:
    nodes = {key: node for key, node in manifest.nodes.items() if node.resource_type in ("model", "seed")}
    names = {str(node.relation_name).replace('"', "").split(".", 1)[1]: node.name for node in nodes.values() if node.relation_name}
    for key, node in nodes.items():
        is_python = getattr(node, "language", "sql") == "python"
        sql = code.get(key) if not is_python and node.resource_type == "model" else None
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
                python=project / node.original_file_path if is_python else None,
                settings=dict(node.config.extra) if is_python else {},
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
