"""A fitted model on disk is what was written, or it is not read: no file of a stranger's runs anything."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from skops import io

from ml.registry import Registry, UntrustedModelError


@pytest.fixture(scope="module")
def state() -> dict:
    random = np.random.default_rng(0)
    columns = random.normal(size=(400, 3))
    outcome = (columns[:, 0] + random.normal(size=400) > 0).astype(int)
    boosting = HistGradientBoostingClassifier(max_iter=5, monotonic_cst=[1, 0, 0]).fit(columns, outcome)
    return {
        "state": {"forest": boosting, "linear": LogisticRegression().fit(columns, outcome)},
        "fallback": {"r": 0.243, "names": ("a", "b")},
    }


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models", "churn")


def test_what_is_read_answers_as_what_was_written(registry, state):
    version = registry.put(state, {"recipe": "mean2"})
    again = registry.get(version)
    columns = np.random.default_rng(1).normal(size=(50, 3))
    for name in ("forest", "linear"):
        assert (again["state"][name].predict_proba(columns) == state["state"][name].predict_proba(columns)).all()
    assert again["fallback"] == {"r": 0.243, "names": ["a", "b"]} and registry.card(version) == {
        "recipe": "mean2",
        "model_version": version,
    }
    assert {path.suffix for path in registry.folder.iterdir()} == {".skops", ".json"}  # nothing half-written is left


def test_equal_fits_are_one_version_and_others_are_not(registry, state, monkeypatch):
    kept = registry.put(state, {})
    again = copy.deepcopy(state)  # elsewhere in memory
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)  # and later
    assert registry.put(again, {}) == kept
    again["state"]["linear"].coef_ = again["state"]["linear"].coef_ + 1e-12
    assert registry.put(again, {}) != kept
    again["fallback"]["r"] = 0.244
    assert len({kept, registry.put(again, {})}) == 2


def test_a_changed_file_is_refused_and_named(registry, state):
    version = registry.put(state, {})
    path = registry.folder / f"{version}.skops"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UntrustedModelError, match=rf"{version}\.skops was changed.*put the file back"):
        registry.get(version)


def named_by_its_hash(registry: Registry, content: bytes) -> str:
    import hashlib

    version = hashlib.sha256(content).hexdigest()
    registry.folder.mkdir(parents=True, exist_ok=True)
    (registry.folder / f"{version}.skops").write_bytes(content)
    return version


class Stranger:
    """Something that no model holds."""


def test_a_foreign_file_is_refused_even_under_its_right_name(registry, tmp_path):
    version = named_by_its_hash(registry, io.dumps({"state": Stranger()}))
    with pytest.raises(UntrustedModelError, match=r"it holds test_ml_registry\.Stranger"):
        registry.get(version)
    tree = named_by_its_hash(registry, io.dumps({"state": DecisionTreeClassifier().fit([[0], [1]], [0, 1])}))
    with pytest.raises(UntrustedModelError, match=r"sklearn\.tree\._tree\.Tree"):
        registry.get(tree)


def test_a_pickle_is_refused_and_not_run(registry, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    version = named_by_its_hash(registry, pickle.dumps(Bomb()))
    with pytest.raises(UntrustedModelError, match="is not a fitted model"):
        registry.get(version)
    assert not (tmp_path / "ran").exists()
    listed = named_by_its_hash(registry, io.dumps([1, 2]))
    with pytest.raises(UntrustedModelError, match="it holds a list"):
        registry.get(listed)


@pytest.mark.parametrize("version", ["0" * 64, "../../secret", "latest"])
def test_a_missing_file_or_a_name_that_is_no_hash_is_refused(registry, version):
    with pytest.raises(UntrustedModelError, match=r"is missing|no SHA-256"):
        registry.get(version)


def test_the_crown_is_read_as_it_was_given_or_not_at_all(registry):
    assert registry.champion() is None
    registry.crown("a" * 64, "mean2", "key")
    assert registry.champion() == {"model_version": "a" * 64, "recipe": "mean2", "key": "key"}
    for content in ("", "[]", "{"):
        (registry.folder / "champion.json").write_text(content)
        with pytest.raises(UntrustedModelError, match=r"champion\.json"):
            registry.champion()
    (registry.folder / "champion.json").write_text(json.dumps({"model_version": 1}))
    assert registry.champion() == {"model_version": 1}
