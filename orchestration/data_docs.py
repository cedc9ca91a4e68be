"""The site of the gates, below data/data_docs: a page for each gate as it was judged last, and a list of all."""

import json
from pathlib import Path

from expectations.docs import Judged, gate_page, index_page

_STATES = "states"


def write_docs(folder: Path, judged: Judged) -> Path:
    """Puts the page of a gate in place, and the list anew. Returns the page. Each file is written whole and renamed."""
    name = judged.result.suite
    (folder / _STATES).mkdir(parents=True, exist_ok=True)
    _put(folder / _STATES / f"{name}.json", json.dumps([judged.state, f"{judged.as_of:%Y-%m-%d %H:%M}"]))
    page = folder / f"{name}.html"
    _put(page, gate_page(judged))
    states = {path.stem: tuple(json.loads(path.read_text())) for path in (folder / _STATES).glob("*.json")}
    _put(folder / "index.html", index_page(states))
    return page


def _put(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)
