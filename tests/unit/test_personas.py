"""Kinds of customers: as many as hold, named by rule, the same from run to run, and none where there is too little."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml.models.personas import personas
from ml.taste import kinds, kinds_kept
from ml.taste.personas import FIGURES, Personas, learn, matched, names_of

DAY = date(2026, 6, 30)
#: recency, orders, order value, tenure of six kinds of people that nobody could mistake for each other
CENTRES = (
    (10.0, 30.0, 40.0, 600.0),
    (300.0, 1.0, 40.0, 300.0),
    (10.0, 1.0, 40.0, 12.0),
    (150.0, 6.0, 900.0, 600.0),
    (12.0, 4.0, 900.0, 60.0),
    (300.0, 30.0, 10.0, 600.0),
)


def shop(sizes: tuple[int, ...] = (400, 350, 300, 250, 200, 150), seed: int = 1, shift: float = 1.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    values = np.concatenate(
        [np.array(centre) * random.lognormal(0, 0.1, (size, 4)) * shift for centre, size in zip(CENTRES, sizes, strict=True)]
    )
    frame = pd.DataFrame(values, columns=list(FIGURES))
    return frame.assign(profile_id=[f"p{n}" for n in range(len(frame))], as_of=pd.Timestamp(DAY), taste="coffee")


def learned(frame: pd.DataFrame, seed: int = 0, when: str = "2026-06-06", old: Personas | None = None) -> Personas:
    found = learn(frame[list(FIGURES)].to_numpy(), seed, when, old)
    assert found is not None
    return found


def test_kinds_that_are_there_are_found_numbered_by_size_and_named() -> None:
    found = learned(shop())
    assert found.ids == (1, 2, 3, 4, 5, 6) and found.agreement >= 0.8
    place = found.nearest(np.array(CENTRES))
    assert place.tolist() == [0, 1, 2, 3, 4, 5]
    names = [found.names[at] for at in place]
    assert names[0].startswith("loyal, active") and "lapsed" in names[1] and names[2].startswith("new, active") and "large" in names[3]


def test_no_kinds_where_nothing_holds() -> None:
    same = pd.DataFrame(np.ones((800, 4)), columns=list(FIGURES)).assign(profile_id=[f"p{n}" for n in range(800)])
    model = kinds.train(personas, same.assign(as_of=pd.Timestamp(DAY), taste=None), DAY, None)
    assert model.kinds is None and "no number of kinds" in str(model.reason)


def test_a_kind_keeps_its_number_and_name_when_sizes_turn_round_and_everybody_moves() -> None:
    old = learned(shop())
    new = matched(learned(shop(sizes=(150, 200, 250, 300, 350, 400), seed=9, shift=1.2), seed=3, when="2026-07-06", old=old), old)
    before, after = old.nearest(np.array(CENTRES)), new.nearest(np.array(CENTRES) * 1.2)
    assert [new.ids[at] for at in after] == [old.ids[at] for at in before]
    assert [new.names[at] for at in after] == [old.names[at] for at in before]


def test_a_kind_more_gets_a_number_that_none_ever_had() -> None:
    new = learned(shop())
    old = replace(new, centroids=new.centroids[:-1], ids=(7, 5, 2, 9, 8), names=new.names[:-1], next_id=12)
    again = matched(new, old)
    assert again.ids[:-1] == old.ids and again.ids[-1] == 12 and again.next_id == 13
    assert len(set(again.names)) == len(again.names)


def test_no_two_kinds_have_one_name() -> None:
    assert len(set(names_of(np.zeros((5, 4))))) == 5


def test_within_thirty_days_people_change_kinds_and_kinds_stay(tmp_path: Path) -> None:
    model = kinds.train(personas, shop(), DAY, kinds_kept.latest(tmp_path, DAY))
    assert model.kinds is not None
    kinds_kept.save(model.kinds, tmp_path)
    tomorrow, later = date(2026, 7, 1), date(2026, 7, 20)
    kept = kinds_kept.latest(tmp_path, tomorrow)
    assert kept == model.kinds
    same = kinds.train(personas, shop(seed=5, shift=1.3), tomorrow, kept)
    assert same.kinds == kept and same.made.model_version == model.made.model_version
    moved = kinds.train(personas, shop(seed=5, shift=1.3), later, kept)
    assert moved.kinds is not None and moved.kinds != kept and set(moved.kinds.ids) == set(kept.ids)
    kinds_kept.save(moved.kinds, tmp_path)
    assert kinds_kept.latest(tmp_path, later) == moved.kinds and kinds_kept.latest(tmp_path, tomorrow) == kept
    assert kinds_kept.latest(tmp_path, date(2020, 1, 1)) is None


def test_a_file_that_holds_no_kinds_is_named(tmp_path: Path) -> None:
    (tmp_path / "2026-06-06.json").write_text("{}")
    with pytest.raises(ValueError, match=r"2026-06-06.json holds no kinds"):
        kinds_kept.latest(tmp_path, DAY)


@pytest.mark.parametrize("customers", [0, 1, 30])
def test_a_small_shop_has_no_kinds_and_hears_why(customers: int) -> None:
    frame = shop(sizes=(customers, 0, 0, 0, 0, 0))
    answers = kinds.train(personas, frame, DAY, None).answers(frame)
    assert len(answers) == customers and answers["persona_id"].isna().all()
    assert answers["reason"].str.contains("at least 500").all() and (answers["taste"] == "coffee").all()


def test_a_customer_without_amounts_has_no_kind_and_the_others_have() -> None:
    frame = shop()
    frame.loc[0, "avg_order_amount"] = np.nan
    answers = kinds.train(personas, frame, DAY, None).answers(frame)
    assert pd.isna(answers["persona_id"][0]) and answers["reason"][0] == "order value unknown"
    assert answers["persona_id"][1:].notna().all() and answers["reason"][1:].isna().all()
