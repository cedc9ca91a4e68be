"""The compiled project, kept from one start of the worker to the next: to read and compile it takes half a minute of processor time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from orchestration.assets.landed import LANDED
from orchestration.replay import compiling, project
from orchestration.replay.compiling import compiled
from orchestration.replay.project import Model, Project
from orchestration.resources import Outside

#: Written last: what is there without it was not compiled to its end.
KEPT = "project.json"
#: What a compiled project is made by beside the project's own files.
_MADE_BY = ("dbt-core", "dbt-adapters", "dbt-duckdb", "duckdb")
_NOT_READ = {"target", "logs", "__pycache__"}
_SETS = ("reads", "raw", "scores")


def compiled_once(source: Path, place: Path) -> Project:
    """The project compiled in `place`: as it was left there, where nothing that it was made of is another now; else anew. source: the dbt
    project. Raises RuntimeError with what dbt says."""
    mark = fingerprint(source, place)
    kept = place / KEPT
    if kept.exists():
        told = json.loads(kept.read_text())
        if told["fingerprint"] == mark:
            return _read(told["project"], source, place)
    kept.unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    made = compiled(source, place)
    unfinished = kept.with_suffix(".new")
    unfinished.write_text(json.dumps({"fingerprint": mark, "project": _told(made, source)}))
    unfinished.replace(kept)
    return made


def fingerprint(source: Path, place: Path) -> str:
    """Of all that a compiled project is made of: the project's files, the variables that they ask for, the tables that are landed, what
    compiles it, and where."""
    digest, asked = hashlib.sha256(), set[str]()
    for path in _files(source):
        content = path.read_bytes()
        asked.update(re.findall(r"env_var\(\s*['\"](\w+)", content.decode(errors="ignore")))
        digest.update(f"{path.relative_to(source)} {hashlib.sha256(content).hexdigest()}\n".encode())
    own = {"REGULARS_DATA", "REGULARS_AS_OF", "REGULARS_MEMORY"}  # the worker's own word, and what no SQL is made of
    outside = Outside.of_environment()
    told: dict[str, Any] = {
        "environment": {name: outside.setting(name) for name in sorted(asked - own)},
        "landed": sorted([table.raw_name, table.ddl] for table in LANDED.values()),
        "versions": [sys.version, *map(version, _MADE_BY)],
        "code": [hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest() for module in (compiling, project)],
        "places": [str(source), str(place)],
    }
    digest.update(json.dumps(told, sort_keys=True).encode())
    return digest.hexdigest()


def _files(source: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in _NOT_READ and name[0] != ".")
        yield from (Path(folder, name) for name in sorted(names) if name[0] != ".")


def _told(made: Project, source: Path) -> dict[str, Any]:
    models = [
        {name: sorted(value) if name in _SETS else value for name, value in vars(model).items() if name != "python"}
        | {"python": str(model.python.relative_to(source)) if model.python else None}
        for model in made.models.values()
    ]
    waits = [wait.total_seconds() for wait in made.waits]
    same = {name: getattr(made, name) for name in ("landed", "reasons", "listed", "holdouts")}
    return {**same, "models": models, "waits": waits}


def _read(told: dict[str, Any], source: Path, place: Path) -> Project:
    models: dict[str, Model] = {}
    for one in told["models"]:
        sets: dict[str, Any] = {name: frozenset(one[name]) for name in _SETS}
        models[one["name"]] = Model(**one | sets | {"python": source / one["python"] if one["python"] else None})
    policy = yaml.safe_load((source / "dbt_project.yml").read_text())["vars"]
    waits = frozenset(timedelta(seconds=wait) for wait in told["waits"])
    return Project(models, told["landed"], told["reasons"], policy, told["listed"], place, told["holdouts"], waits)
