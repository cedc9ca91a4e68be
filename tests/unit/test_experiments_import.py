"""An experiment of the past out of a file: a mailing test with known effects, bad rows, a kill in between. One file, a little long."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import past_kit
import pytest
from click.testing import CliRunner
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from orchestration.experiments_import_command import import_past
from orchestration.landing import QUARANTINE, Landing
from orchestration.landing.entries import entries
from orchestration.landing.zone import connect
from orchestration.past_declared import ImportFault, Past
from orchestration.past_effects import effects_of
from orchestration.past_file import load
from orchestration.past_sums import tallies
from orchestration.sources.experiments import OUTCOMES, UNITS

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
SMALL = "customer,group,bought,spent,kind\n" + "".join(f"c{n},{'ab'[n % 2]},{n % 3 % 2},{n % 7}.5,{n % 4}\n" for n in range(200))
PAST = Past("spring", "a", arm="group", unit="customer", outcomes={"bought": "binary", "spent": "mean"}, assigned_at=AS_OF)


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Landing]:
    """The file of 64,000 customers, imported by the command; what that printed."""
    folder = tmp_path_factory.mktemp("mailing")
    file = past_kit.write(folder / "mailing.csv")
    told = "--name mailing --arm segment --outcome visit=binary --outcome conversion=binary --outcome spend=mean --covariate history"
    told += " --segment newbie --segment zip_code --assigned-at 2008-03-20"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("REGULARS_", "SHOP_", "DAGSTER_HOME"))]:
            patch.delenv(name)
        for name, value in {"REGULARS_DATA": str(folder), "SHOP_URL": "sqlite:///none", "REGULARS_CLOCK": "system"}.items():
            patch.setenv(name, value)
        ran = CliRunner().invoke(import_past, [str(file), "--control", past_kit.NONE, *told.split()])
    assert ran.exit_code == 0, ran.output
    return ran.output, file, Landing(folder / "landing")


def test_the_mailing_test_gives_the_effects_that_were_planted(mailing: tuple[str, Path, Landing]) -> None:
    said, _, landing = mailing
    found = [one for one in effects_of(landing, "past:mailing", AS_OF) if one.segment_type == "all"]
    planted = {"visit": past_kit.VISIT, "conversion": past_kit.CONVERSION, "spend": past_kit.SPEND}
    assert {(one.metric, one.arm) for one in found} == {(metric, arm) for metric in planted for arm in (past_kit.MENS, past_kit.WOMENS)}
    for one in found:
        truth = planted[one.metric][one.arm] - planted[one.metric][past_kit.NONE]
        assert one.effect_low is not None and one.effect_high is not None
        assert one.effect_low < truth < one.effect_high, (one.metric, one.arm)
        assert one.state == "helps" and one.is_primary
    assert "Mens E-Mail: 21" in said and "No E-Mail" in said and "visit of Mens E-Mail, 18." in said


def test_they_are_those_that_another_library_finds(mailing: tuple[str, Path, Landing]) -> None:
    _, file, landing = mailing
    rows = pd.read_csv(file)
    control = rows[rows["segment"] == past_kit.NONE]
    for one in effects_of(landing, "past:mailing", AS_OF):
        who = rows if one.segment_type == "all" else rows[rows[one.segment_type].astype(str) == one.segment]
        if one.metric == "spend" or (one.metric == "conversion" and one.segment_type != "all"):
            continue  # few conversions: ours are corrected for that and wider
        arm, other = (who[who["segment"] == name][one.metric] for name in (one.arm, past_kit.NONE))
        assert (one.people_count, one.value) == (len(arm), pytest.approx(arm.mean()))
        _, p_value = proportions_ztest([arm.sum(), other.sum()], [len(arm), len(other)])
        kind = {"all": 1, "newbie": 2, "zip_code": 3}[one.segment_type]
        low, high = confint_proportions_2indep(arm.sum(), len(arm), other.sum(), len(other), method="newcomb", alpha=0.05 / 2 / kind)
        assert (one.effect_low, one.effect_high) == (pytest.approx(low, rel=0.05, abs=1e-4), pytest.approx(high, rel=0.05, abs=1e-4))
        assert one.p_value is not None and (p_value < 1e-8 or one.p_value == pytest.approx(p_value, rel=0.2))
    spend = next(one for one in effects_of(landing, "past:mailing", AS_OF) if (one.metric, one.segment_type) == ("spend", "all"))
    assert spend.control_value == pytest.approx(control["spend"].mean())
    arm = rows[rows["segment"] == spend.arm]["spend"]
    error = np.sqrt(arm.var() / len(arm) + control["spend"].var() / len(control))
    assert (spend.effect_high or 0) - (spend.effect_low or 0) == pytest.approx(2 * norm.isf(0.05 / 4) * error, rel=0.05)


def test_bad_rows_are_refused_one_by_one_with_line_and_field_and_the_rest_is_loaded(tmp_path: Path) -> None:
    bad = "c900,a,2,1,0\nc901,,1,1,0\nc902,b,1,much,0\nc903,b,1\nc4,a,1,1,0\nc5,a,1,1,0\nc904,b,,3,1\n"
    landing = Landing(tmp_path / "landing")
    (tmp_path / "spring.csv").write_text(SMALL + bad)
    loaded = load(tmp_path / "spring.csv", PAST, landing, AS_OF)
    # c4 is there twice in one arm, c5 in both: the one is kept once, the other not at all
    once = ("bought_too_high", "group_missing", "spent_invalid", "line_malformed", "bought_missing")
    assert loaded.refused == {"unit_repeated": 3, **dict.fromkeys(once, 1)}
    assert loaded.people == {"a": 100, "b": 99}
    held = {entry.row_key: entry for entry in entries(landing, table="experiments_past_spring")}
    assert "bought is '2'" in held["c900"].detail and "line 205" in held["line 205"].detail
    assert {tally.people_count for tally in tallies(landing) if tally.metric == "spent"} == {100, 99}

    (tmp_path / "spring.csv").write_text(SMALL)
    assert load(tmp_path / "spring.csv", PAST, landing, AS_OF).people == {"a": 100, "b": 100}
    assert entries(landing, table="experiments_past_spring") == [], "what the mended file does not have wrong any more is settled"
    assert len(landing.files(UNITS)) == 1 and landing.count(UNITS) == 200, "the same name again takes its place"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"control": "c"}, "must have the control 'c' and another arm; it has: a (100), b (100)"),
        ({"arm": "arm"}, "column arm is missing; found: customer, group"),
        ({"outcomes": {"spent": "binary"}}, "spent was BIGINT"),
        ({"assigned_at": "assigned_at"}, "column assigned_at is missing"),
        ({"outcomes": {}}, "name the column that says who they are"),
    ],
)
def test_what_cannot_be_loaded_is_told_and_leaves_all_as_it_was(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    (tmp_path / "spring.csv").write_text(SMALL)
    landing = Landing(tmp_path / "landing")
    load(tmp_path / "spring.csv", PAST, landing, AS_OF)
    before = sorted(tallies(landing), key=str)
    with pytest.raises(ImportFault, match=words.replace("(", r"\(").replace(")", r"\)")):
        load(tmp_path / "spring.csv", replace(PAST, **change), landing, AS_OF)
    assert sorted(tallies(landing), key=str) == before
    assert not landing.files(QUARANTINE)


def test_killed_in_the_middle_there_is_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spring.csv").write_text(SMALL)
    landing = Landing(tmp_path / "landing")
    load(tmp_path / "spring.csv", PAST, landing, AS_OF)
    put = Landing.put

    def killed(self: Landing, unfinished: Path, place: Path) -> None:
        if place.parent == self.folder(UNITS) and place.name == "spring.parquet":
            raise KeyboardInterrupt
        put(self, unfinished, place)

    monkeypatch.setattr(Landing, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        load(tmp_path / "spring.csv", PAST, landing, AS_OF)
    monkeypatch.undo()
    assert tallies(landing) == [], "outcomes without their units are nothing"


def test_without_outcomes_the_file_says_who_they_are(tmp_path: Path) -> None:
    rows = "mail,arm,assigned_at,kind\n" + "".join(f"p{n}@example.org,{'ab'[n % 2]},2026-03-0{n % 9 + 1},{n % 3}\n" for n in range(50))
    (tmp_path / "who.csv").write_text(rows)
    landing = Landing(tmp_path / "landing")
    load(tmp_path / "who.csv", Past("who", "b", person="mail", person_type="email", segments=("kind",), days=14), landing, AS_OF)
    with connect() as connection:
        (first, *_) = connection.execute(f"from {landing.scan(UNITS)} order by unit_id").fetchall()
    assert first[:9] == ("past:who", "row 1", "a", False, datetime(2026, 3, 1), "0", "email", "p0@example.org", 14)  # noqa: DTZ001
    assert landing.count(OUTCOMES) == 0 and tallies(landing) == []
