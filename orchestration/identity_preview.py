"""What a changed rule of identity would do: the stage's models on a copy of what they read, in a scratch warehouse, beside the live answer.

Nothing is written to the live warehouse or the landing zone: the live file is opened to read, the copy lies in a folder that goes
afterwards.
"""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.assets.landed import LANDED
from orchestration.identity_difference import Difference, difference
from orchestration.landing import Landing
from orchestration.warehouse import Warehouse

#: What the stage reads besides the tables staging.stg_all__*, and what gives people the ids that they have.
SEEDS = ("blocked_identifiers", "name_variants", "reviewed_identities")
KEPT = ("identity.founders", "identity.matches")
#: What decides about a campaign, to say who of those concerned is in one.
CAMPAIGNS = ("decisions.outbox", "decisions.memberships", "staging.stg_feedback__deliveries")


def changed(project: Path, settings: Mapping[str, str]) -> dict[str, Any]:
    """The variables of dbt_project.yml with settings such as {"identity_keys.email.max_people": "3"} in their places.

    Only the variables that a setting names are in the answer, each as a whole. Raises LookupError for a place that is not there and
    ValueError for a value that is no YAML.
    """
    variables = yaml.safe_load((project / "dbt_project.yml").read_text())["vars"]
    answer: dict[str, Any] = {}
    for name, text in settings.items():
        first, *rest = name.split(".")
        if first not in variables:
            raise LookupError(f"there is no variable {first}; identity has {', '.join(_about_identity(variables))}")
        answer.setdefault(first, copy.deepcopy(variables[first]))
        place: Any = answer
        for part in [first, *rest][:-1]:
            place = place.get(part) if isinstance(place, dict) else None
        if not isinstance(place, dict) or ([first, *rest][-1] not in place and len(rest) < 2):
            raise LookupError(f"there is no {name} in dbt_project.yml")
        try:
            place[[first, *rest][-1]] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(f"{name}: {text!r} is no value") from error
    return answer


def _about_identity(variables: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for name, value in variables.items():
        if name.startswith(("identity_", "matching", "blocks_")):
            names += (
                [f"{name}.{key}.{figure}" for key, figures in value.items() for figure in figures] if isinstance(value, dict) else [name]
            )
    return names


def preview(
    project: Path,
    reader: Warehouse,
    settings: dict[str, Any],
    as_of: datetime,
    environment: Callable[[Path], dict[str, str]],
    say: Callable[[str], None],
    examples: int = 5,
) -> Difference:
    """Runs identity with `settings` (variables of dbt) on what the warehouse holds and compares.

    as_of: the instant that founders of new ids are dated by, and that campaigns of the last days are counted from. environment: the
    variables of a process whose data lies in a folder. Raises FileNotFoundError without a warehouse, RuntimeError where dbt fails.
    """
    with tempfile.TemporaryDirectory(prefix="regulars_preview_") as name:
        scratch = Path(name)
        say("copying what identity reads")
        parts = _copy(reader, scratch)
        say("running identity on the copy")
        again = [] if "identity.matches" not in parts or any(key.startswith("matching") for key in settings) else ["--exclude", "matches"]
        _run(project, scratch, environment(scratch), settings, as_of, again, reader)
        say("comparing")
        with duckdb.connect(str(scratch / "warehouse.duckdb")) as connection:
            return difference(connection, as_of, examples)


def _copy(reader: Warehouse, scratch: Path) -> set[str]:
    """Puts what is needed into the scratch warehouse; the live answer goes into its schema `live`. Returns the tables' names."""
    with reader.open() as live:
        known = {
            f"{schema}.{name}" for schema, name in live.execute("select table_schema, table_name from information_schema.tables").fetchall()
        }
        read = sorted(name for name in known if name.startswith("staging.stg_all__"))
        wanted = {name: name for name in [*read, *(f"seeds.{seed}" for seed in SEEDS), *KEPT] if name in known}
        wanted |= {name: f"live.{name.split('.')[1]}" for name in ("identity.identifiers", *CAMPAIGNS) if name in known}
        for number, name in enumerate(wanted):
            live.execute(f"copy (select * from {name}) to '{scratch / str(number)}.parquet' (format parquet)")
    with duckdb.connect(str(scratch / "warehouse.duckdb")) as connection:
        for number, target in enumerate(wanted.values()):
            connection.execute(f"create schema if not exists {target.split('.')[0]}")
            connection.execute(f"create table {target} as from read_parquet('{scratch / str(number)}.parquet')")
            (scratch / f"{number}.parquet").unlink()
    Landing(scratch / "landing").declare(*LANDED.values())  # dbt makes its views over it before anything else
    return set(wanted)


def _run(
    project: Path, scratch: Path, environment: dict[str, str], settings: dict[str, Any], as_of: datetime, more: list[str], reader: Warehouse
) -> None:
    """dbt on the scratch warehouse, in a process of its own. What it learned about the project is kept for the next time."""
    target = Path(reader.data) / "dbt" / "preview"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(target, scratch / "target")
    variables = json.dumps({**settings, "as_of": f"{as_of:%Y-%m-%d %H:%M:%S}"})
    place = {"project-dir": project, "profiles-dir": project, "target-path": scratch / "target", "log-path": scratch}
    command = [
        str(Path(sys.executable).parent / "dbt"),
        "--quiet",
        "run",
        "--select",
        "identity,+identifiers",
        "identity,+refused_links",
        *more,
    ]
    command += ["--vars", variables, *(text for name, path in place.items() for text in (f"--{name}", str(path)))]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)  # noqa: S603 - the project's own dbt
    if ended.returncode:
        raise RuntimeError(f"identity did not run with these settings: {(ended.stdout or ended.stderr).strip()[-2000:]}")
