"""A scratch copy for a command: the project compiled in a folder that goes afterwards, the live warehouse read once."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.replay.compiling import compiled
from orchestration.replay.project import CAMPAIGNS, Project
from orchestration.replay.scratch import Scratch
from orchestration.warehouse import Warehouse


@contextlib.contextmanager
def project_of(folder: Path, variables: str = "{}", manifest: Any = None) -> Iterator[Project]:
    """A dbt project compiled for as long as the block runs. folder: the project's; the rest as `compiled` takes it."""
    with tempfile.TemporaryDirectory(prefix="regulars_replay_") as name:
        yield compiled(folder, Path(name), variables, manifest)


@contextlib.contextmanager
def scratch_of(
    project: Project, live: Warehouse, campaigns: Iterable[str] | None = None, reused: Iterable[str] | None = None, memory: str = "4GB"
) -> Iterator[Scratch]:
    """A scratch copy for as long as the block runs. What does not fit into `memory` goes to the project's folder."""
    settings = {"memory_limit": memory, "temp_directory": str(project.folder / "spill")}
    scratch = Scratch(project, live, campaigns, reused=reused, settings=settings)
    try:
        yield scratch
    finally:
        scratch.close()


def last_instant(live: Warehouse) -> datetime:
    """When the warehouse was last decided on, as it is stored: UTC without a zone. Raises LookupError where it never was."""
    with live.open() as connection:
        for table, column in (("decisions.decisions", "decided_at"), ("identity.changes", "as_of")):
            schema, name = table.split(".")
            known = "select 1 from information_schema.tables where table_schema = ? and table_name = ?"
            if connection.execute(known, [schema, name]).fetchall():
                ((found,),) = connection.execute(f"select max({column}) from {table}").fetchall()
                if isinstance(found, datetime):
                    return found
    raise LookupError("nothing was decided yet: run the line first (make run)")


def named(campaigns: Sequence[str], project: Project) -> list[str]:
    """The same names; `all` stands for every message of the programme. Raises LookupError for one that is not there."""
    wanted = [name for one in campaigns for name in (project.campaigns("message") if one == "all" else [one])]
    for name in wanted:
        if name not in project.campaigns():
            raise LookupError(f"no campaign is called {name}; there are {', '.join(project.campaigns())}")
    return wanted


def refuse_unlisted(campaigns: Sequence[str], policy: Mapping[str, Any]) -> None:
    """Before the project is read, which takes seconds. Raises LookupError for a campaign that no list of the policy has."""
    listed = [name for stage in CAMPAIGNS for one in policy.get(stage) or [] for name in (one if isinstance(one, Mapping) else [str(one)])]
    for name in campaigns:
        if name not in {*listed, "all"}:
            raise LookupError(f"no campaign is called {name}; there are {', '.join(listed)}")
