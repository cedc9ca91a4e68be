"""What providers say about their limits, each in its own words."""

import pytest
from requests.structures import CaseInsensitiveDict

from activations.transport.dialects import Advice, Allowance, advice

EPOCH = 1_782_810_000  # Tue, 30 Jun 2026 09:00:00 GMT
DATE = {"Date": "Tue, 30 Jun 2026 09:00:00 GMT"}


@pytest.mark.parametrize(
    ("status", "headers", "heard"),
    [
        (200, {}, Advice()),
        (429, {}, Advice(True)),
        (429, {"retry-after": "12"}, Advice(True, 12.0)),
        (429, {"retry-after": "Tue, 30 Jun 2026 09:00:09 GMT", **DATE}, Advice(True, 9.0)),
        (429, {"retry-after": "Tue, 30 Jun 2026 09:00:09 GMT"}, Advice(True)),  # no date to read it against
        (429, {"retry-after": "-3"}, Advice(True)),
        (503, {"retry-after": "5"}, Advice(False, 5.0)),
        (200, {"retry-after": "5"}, Advice()),
        (
            200,
            {"ratelimit-limit": "150, 150;w=60", "ratelimit-remaining": "3", "ratelimit-reset": "20"},
            Advice(allowances=(Allowance(150, 3, 20),)),
        ),
        (
            429,
            {"x-ratelimit-limit": "600", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 7), **DATE},
            Advice(True, 7.0, (Allowance(600, 0, 7.0),)),
        ),
        (
            429,
            {"x-ratelimit-limit": "600", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 7)},
            Advice(True, None, (Allowance(600, 0, None),)),  # no clock of ours is asked
        ),
        (
            200,
            {"x-ratelimit-limit": "5", "x-ratelimit-remaining": "4", "x-ratelimit-reset": "9"},
            Advice(allowances=(Allowance(5, 4, 9.0),)),
        ),
        (
            429,
            {"x-sib-ratelimit-limit": "100", "x-sib-ratelimit-remaining": "0", "x-sib-ratelimit-reset": "1800"},
            Advice(True, 1800.0, (Allowance(100, 0, 1800.0),)),
        ),
        (
            200,
            {
                "x-hubspot-ratelimit-max": "100",
                "x-hubspot-ratelimit-remaining": "99",
                "x-hubspot-ratelimit-interval-milliseconds": "10000",
                "x-hubspot-ratelimit-daily": "250000",
                "x-hubspot-ratelimit-daily-remaining": "0",
            },
            Advice(allowances=(Allowance(100, 99, 10.0), Allowance(250_000, 0, 900.0))),
        ),
        (200, {"x-ratelimit-remaining": "many", "ratelimit-remaining": ""}, Advice()),
    ],
)
def test_all_dialects_are_understood(status: int, headers: dict[str, str], heard: Advice) -> None:

    assert advice(status, CaseInsensitiveDict(headers)) == heard
