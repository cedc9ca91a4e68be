"""The kinds of customers, kept as JSON, a file for each day they were learned on: so they keep their numbers and names."""

import json
import os
from datetime import date
from pathlib import Path

from ml.taste.kinds import learned_on
from ml.taste.personas import Personas


def save(kinds: Personas, folder: Path) -> Path:
    """Write the kinds to `folder`/<the day they were learned on>.json, whole or not at all; return that path."""
    path = folder / f"{kinds.learned_at}.json"
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(kinds.content(), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def latest(folder: Path, day: date) -> Personas | None:
    """Return the latest kinds that were learned by `day`; None where there are none. Raises ValueError naming a file that is none."""
    paths = [path for path in sorted(folder.glob("*.json")) if path.stem <= learned_on(day)]
    if not paths:
        return None
    try:
        return Personas.of(json.loads(paths[-1].read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"{paths[-1]} holds no kinds of customers ({problem}): remove it, and they are learned anew") from problem
