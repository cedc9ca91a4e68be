"""Who is drawn into what: even, stable and independent numbers; and declarations that stop the build, with their file and what to do."""

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from decisions_draws import percent
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouse_kit import _settings, md5, parsed

PEOPLE = [f"p_{number}" for number in range(8_000)]
names = st.text("abcdefghij_:", min_size=1, max_size=12)


def is_usual(found: int, of: int, share: float) -> bool:
    """Within five standard errors: among some hundreds of draws none is further off by chance."""
    return abs(found - of * share) <= 5 * math.sqrt(of * share * (1 - share)) + 1


@settings(deadline=None, derandomize=True, max_examples=15)
@given(first=names, second=names, share=st.floats(0.005, 0.995))
def test_shares_are_kept_and_draws_know_nothing_of_each_other(first: str, second: str, share: float) -> None:
    one = {key for key in PEOPLE if percent(f"{first}:{key}") < 100 * share}
    assert is_usual(len(one), len(PEOPLE), share)
    if first != second:
        other = {key for key in PEOPLE if percent(f"{second}:{key}") < 50}
        assert is_usual(len(one & other), len(one), 0.5) and is_usual(len(other - one), len(PEOPLE) - len(one), 0.5)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(text=st.text(min_size=1), pct=st.integers(0, 100))
def test_the_finer_number_begins_with_the_whole_percent_of_before(text: str, pct: int) -> None:
    before = int(md5(text)[:8], 16) % 100
    assert int(percent(text)) == before
    assert (percent(text) / 100 < pct / 100) == (before < pct), "whoever was in a control group of whole percents stays in it"


@pytest.fixture(scope="module")
def manifest() -> Iterator[Any]:
    """The project as dbt read it; what a test says of a campaign is taken back."""
    found = parsed(json.dumps({"matching": False}))
    before = {key: copy.deepcopy(node.config.meta) for key, node in found.nodes.items() if node.resource_type == "model"}
    yield found
    for key, meta in before.items():
        found.nodes[key].config.meta = meta
    found.build_flat_graph()


GOOD = {
    "name": "subject",
    "hypothesis": "Short is better.",
    "varies": "content",
    "variants": {"usual": {"share": 50}, "short": {"share": 50, "content": "short"}},
}
URGENT = {"varies": "send_time", "variants": {"usual": {"share": 1}, "nine": {"share": 1, "send_hour": 9}}}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("cart_abandoned", {"experiment": GOOD | {"metric": "sales"}}, "there is no metric sales; it must be ordered"),
    ("cart_abandoned", {"experiment": GOOD | {"variants": {"a": {"share": 0}, "b": {"share": 0, "content": "b"}}}}, "shares"),
    ("cart_abandoned", {"experiment": GOOD | {"variants": {"a": {"share": 1}, "b": {"share": -1, "content": "b"}}}}, "no share, or none"),
    ("cart_abandoned", {"experiment": GOOD | {"varies": "channel"}}, "says content, which is not what varies (channel)"),
    ("cart_abandoned", {"experiment": GOOD | {"variants": {"a": {"share": 1}, "b": {"share": 1}}}}, "no variant says its content"),
    ("cart_abandoned", {"experiment": GOOD | {"plan": "daily"}}, "plan is daily; it must be obrien_fleming, pocock or fixed"),
    ("cart_abandoned", {"experiment": GOOD | {"hypotesis": "x"}}, "experiment says hypotesis, which is nothing known"),
    ("cart_abandoned", {"experiment": GOOD | URGENT}, "what is urgent waits for no hour"),
    ("win_back", {"experiment": GOOD | URGENT | {"variants": {"a": {"share": 1}, "b": {"share": 1, "send_hour": 22}}}}, "quiet hours"),
    ("order_confirmed", {"experiment": GOOD}, "it is transactional"),
    ("champions", {"experiment": GOOD}, "an audience writes no message"),
    ("champions", {"holdout_pct": "five"}, "holdout_pct is five; write a percentage from 0 to 100"),
    ("champions", {"measure": {"days": 0}}, "days is 0; write a whole number from 1"),
]


def declared(manifest: Any, folder: Path, **said: dict[str, Any]) -> Any:
    """dbt's answer to reading all experiments with this in the campaigns' own files."""
    from dbt.cli.main import dbtRunner

    for campaign, meta in said.items():
        node = manifest.nodes[f"model.regulars.{campaign}"]
        node.config.meta = {key: value for key, value in node.config.meta.items() if key != "experiment"} | meta
    manifest.build_flat_graph()  # what macros see of the manifest
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_DATA", str(folder))
        patch.setenv("REGULARS_AS_OF", "2026-06-30 09:00:00")
        return dbtRunner(manifest=manifest).invoke(["run-operation", "experiments", *_settings(json.dumps({"matching": False}), folder)])


def test_what_is_declared_wrongly_stops_the_build_with_the_file_and_what_to_do(
    manifest: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {campaign: copy.deepcopy(manifest.nodes[f"model.regulars.{campaign}"].config.meta) for campaign, _, _ in BAD}
    for campaign, said, words in BAD:
        ended = declared(manifest, tmp_path, **{campaign: said})
        told = capsys.readouterr().out
        assert not ended.success and f"/{campaign}.yml" in told and words in told, (campaign, said, told)
        manifest.nodes[f"model.regulars.{campaign}"].config.meta = copy.deepcopy(before[campaign])
    ended = declared(manifest, tmp_path, cart_abandoned={"experiment": GOOD}, win_back={"experiment": GOOD})
    told = capsys.readouterr().out
    assert not ended.success and "win_back.yml" in told and "give it another name" in told
    assert declared(manifest, tmp_path, win_back={"experiment": GOOD | {"name": "other"}}).success
