"""Two versions of the project on the same data at the same instant: who enters and who leaves each audience and campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from activations.masking import mask
from orchestration.replay.opening import scratch_of
from orchestration.replay.project import Project
from orchestration.warehouse import Warehouse

_ASKED = "select campaign, kind, profile_id, occasion, address, coalesce(reason, 'goes') as outcome from decisions.decisions"


@dataclass
class Moved:
    """A campaign that is not as it was. before, after: who it asks for; goes_*: for whom nothing stands against it. enters, leaves: masked
    samples of those asked for by one version alone, with their outcome; turned: of those asked for by both whose outcome is another."""

    campaign: str
    kind: str
    before: int
    after: int
    goes_before: int
    goes_after: int
    enters_count: int
    leaves_count: int
    enters: list[str]
    leaves: list[str]
    turned_count: int
    turned: list[str]


@dataclass
class Difference:
    """What moved between two versions, by priority. same: campaigns that ask for the same people with the same outcomes."""

    instant: datetime
    moved: list[Moved]
    same: list[str]
    notes: list[str]


def difference(base: Project, here: Project, live: Warehouse, instant: datetime, samples: int = 5, memory: str = "4GB") -> Difference:
    """Works out both on copies of what the warehouse has, as of an instant (naive UTC). Nothing is written."""
    both = {name for name, model in here.models.items() if name in base.models and base.models[name].sql == model.sql}
    before, after = (_asked(project, live, instant, both, memory) for project in (base, here))
    names = list(dict.fromkeys([*here.campaigns(), *base.campaigns()]))
    found = Difference(instant, [], [], _notes(base, here))
    for name in names:
        moved = _moved(name, before[before["campaign"] == name], after[after["campaign"] == name], samples)
        if moved:
            found.moved.append(moved)
        else:
            found.same.append(name)
    return found


def _asked(project: Project, live: Warehouse, instant: datetime, both: set[str], memory: str) -> pd.DataFrame:
    # what is kept from the last build is that of both versions, or of neither
    reused = {name for name in both if project.models[name].stage == "staging" and project.is_reusable(name)}
    with scratch_of(project, live, reused=reused, memory=memory) as scratch:
        scratch.see(instant)
        return scratch.frame(_ASKED).set_index(["profile_id", "occasion"], drop=False)


def _moved(name: str, before: pd.DataFrame, after: pd.DataFrame, samples: int) -> Moved | None:
    enters, leaves = after[~after.index.isin(before.index)], before[~before.index.isin(after.index)]
    stays = before.index.intersection(after.index)
    old, new = before.loc[stays, "outcome"], after.loc[stays, "outcome"]
    turned = after.loc[stays][(old != new).to_numpy()]
    if enters.empty and leaves.empty and turned.empty:
        return None
    was = old[(old != new).to_numpy()].tolist()
    kind = str((after if len(after) else before)["kind"].iloc[0])
    return Moved(
        name,
        kind,
        before=len(before),
        after=len(after),
        goes_before=int((before["outcome"] == "goes").sum()),
        goes_after=int((after["outcome"] == "goes").sum()),
        enters_count=len(enters),
        leaves_count=len(leaves),
        enters=_shown(enters, samples),
        leaves=_shown(leaves, samples),
        turned_count=len(turned),
        turned=[f"{_person(row)}: {one} -> {row['outcome']}" for one, row in zip(was, turned.to_dict("records"), strict=True)][:samples],
    )


def _shown(rows: pd.DataFrame, samples: int) -> list[str]:
    return [f"{_person(row)}: {row['outcome']}" for row in rows.sort_index().head(samples).to_dict("records")]


def _person(row: dict[Any, Any]) -> str:
    address = row["address"]
    return f"{mask(address) if isinstance(address, str) else 'no address'} ({row['profile_id']})"


def _notes(base: Project, here: Project) -> list[str]:
    notes = []
    given = [name for name, model in here.models.items() if model.stage == "identity" and here.is_given(name)]
    if {name for name, model in base.models.items() if model.stage == "identity" and base.is_given(name)} != set(given):
        notes.append("identity itself is another: who is one person is taken from the warehouse for both")
    return notes


def markdown(found: Difference, base: str) -> str:
    """For a pull request: a table of what moved, and masked samples."""
    said = [
        "## Who enters and leaves",
        "",
        f"`{base}` beside what is here, on the same data as of {found.instant:%Y-%m-%d %H:%M} UTC. People are counted as they are asked "
        "for; *goes* are those whom nothing holds back.",
        "",
    ]
    if found.moved:
        said += ["| campaign | asked before | asked after | enters | leaves | another outcome | goes before | goes after |"]
        said += ["| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
        said += [
            f"| {one.campaign} | {one.before:,} | {one.after:,} | {one.enters_count:,} | {one.leaves_count:,} | {one.turned_count:,} "
            f"| {one.goes_before:,} | {one.goes_after:,} |"
            for one in found.moved
        ]
        for one in found.moved:
            said += ["", f"<details><summary>{one.campaign}</summary>", ""]
            said += [f"- enters: {who}" for who in one.enters] + [f"- leaves: {who}" for who in one.leaves]
            said += [f"- stays: {who}" for who in one.turned] + ["", "</details>"]
        said += ["", f"{len(found.same)} campaigns ask for the same people, with the same outcomes."]
    else:
        said += [f"Nobody: all {len(found.same)} campaigns ask for the same people, with the same outcomes."]
    return "\n".join([*said, *(f"\nNote: {note}." for note in found.notes)])
