"""The demo shop's experiments of the past are loaded with the shop, and once."""

from pathlib import Path

from demo_world import make

from demo.shop.trials import TRIALS
from orchestration.demo_trials import bring_in
from orchestration.landing import Landing
from orchestration.sources.experiments import UNITS


def test_all_logs_are_loaded_and_again_in_their_own_place(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("REGULARS_CLOCK", "system")
    folder, data = make(tmp_path, customers=80), tmp_path / "data"
    first = bring_in(folder, data)
    assert set(first) == {trial.name for trial in TRIALS} and all(first.values())
    assert bring_in(folder, data) == first
    assert Landing(data / "landing").count(UNITS) == sum(first.values())


def test_a_shop_without_logs_brings_nothing(tmp_path: Path) -> None:
    assert bring_in(tmp_path / "nobody", tmp_path / "data") == {}
