"""Times and days as sources write them: the instant that an offset says, and what is no time refused, never guessed."""

from pathlib import Path

import pytest
from landing_kit import AS_OF, fill, landed, order, stored

from orchestration.landing import Landing, land_sql
from orchestration.sources import crm, shop


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


NO_TIME = ["10:00:00 PM", "10:00:00 XYZ", "10:00:00 Nowhere/Town"]


@pytest.mark.parametrize("written", [*(f"2026-06-01 {end}" for end in NO_TIME), "06-01-26", "infinity", "1780308000"])
def test_what_could_be_read_in_two_ways_is_refused(url: str, landing: Landing, written: str) -> None:
    fill(url, shop.ORDERS, [order(1, ordered_at=written), order(2)])
    result = land_sql(shop.ORDERS, url, landing, AS_OF)
    assert (result.rows, dict(result.quarantined)) == (1, {"ordered_at_invalid": 1})


TEN_UTC = [
    "2026-06-01 10:00:00",
    "2026-06-01T10:00Z",
    "2026/6/1 10:00:00.000",
    "2026-06-01 10:00:00 UTC",
    "2026-06-01T12:00:00+02:00",
    "2026-06-01T12:00:00.000000+0200",
    " 2026-06-01 05:00:00 -0500 ",
    "2026-06-01 15:30+05:30",
    "2026-06-01 12:00:00 Europe/Berlin",
]


@pytest.mark.parametrize("written", TEN_UTC)
def test_a_time_is_the_instant_that_its_offset_says(url: str, landing: Landing, written: str) -> None:
    fill(url, shop.ORDERS, [order(1, ordered_at=written)])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    assert landed(landing, shop.ORDERS, "ordered_at") == [(stored("2026-06-01 10:00:00"),)]


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("1980-05-03", "1980-05-03"),
        ("1980-05-03T23:30:00-05:00", "1980-05-03"),
        ("1980-05-03 00:00:00+02", "1980-05-03"),
        ("05-03-80", None),
        ("infinity", None),
        ("31/12/1980", None),
    ],
)
def test_a_day_is_the_one_that_is_written_or_none(url: str, landing: Landing, written: str, born: str | None) -> None:
    contact = {"contact_id": "c1", "created_at": "2026-06-01 10:00:00", "updated_at": "2026-06-01 10:00:00"}
    fill(url, crm.CONTACTS, [{**contact, "birth_date": written}])
    result = land_sql(crm.CONTACTS, url, landing, AS_OF)
    assert landed(landing, crm.CONTACTS, "cast(birth_date as varchar)") == ([(born,)] if born else [])
    assert dict(result.quarantined) == ({} if born else {"birth_date_invalid": 1})
