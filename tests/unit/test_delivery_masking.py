"""Addresses in what people read."""

import pytest

from activations.masking import mask, mask_text


@pytest.mark.parametrize(
    ("address", "masked"),
    [("ann@example.com", "a***@example.com"), ("+491701234567", "+49***67"), ("", "***"), ("ann", "a***"), ("12", "1***")],
)
def test_mask(address: str, masked: str) -> None:
    assert mask(address) == masked


def test_the_words_of_a_provider() -> None:
    said = "The 'To' number +491701234567 of <ann.b@example.co.uk> (0170 123 45 67) is not valid; code 21211, at most 1600 characters"
    assert mask_text(said) == (
        "The 'To' number +49***67 of <a***@example.co.uk> (017***67) is not valid; code 21211, at most 1600 characters"
    )
