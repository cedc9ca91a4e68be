"""Samples in the UI: who a person is stays hidden, and no value breaks the table."""

import datetime
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from orchestration.assets.samples import sample, sample_of

HEAD = 2  # lines above the first row


def cells(markdown: str) -> list[list[str]]:
    """The rows as cells, trimmed."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()[HEAD:]]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("email", "ann@example.com", "a***@example.com"),
        ("email_normalized", "ann@example.com", "a***@example.com"),
        ("address", "+491701234567", "+49***67"),
        ("phone", "0170 123 45 67", "017***67"),
        ("first_name", "Ann", "A***"),
        ("last_name", "Smith", "S***"),
        ("given_name", "ann", "a***"),
        ("family_name", "smith", "s***"),
        ("birth_date", datetime.date(1980, 2, 3), "198***03"),
        ("city", "Bern", "B***"),
        ("identifier_value", "ann@example.com", "a***@example.com"),
        ("body", "Hello Ann, your cart waits", "H***"),
        ("page_location", "https://shop.example/?email=ann@example.com", "h***"),
        ("note", "ann@example.com", "a***@example.com"),
        ("properties", {"email": "ann@example.com", "name": "Smith"}, "{***"),
        ("email", None, ""),
        ("email", "", ""),
        ("order_id", "o-1234567", "o-1234567"),
        ("segment_name", "champions", "champions"),
        ("is_email_reachable", True, "True"),
    ],
)
def test_what_names_or_reaches_a_person_is_masked(column: str, value: object, shown: str) -> None:
    assert cells(sample(pd.DataFrame({column: [value]}, dtype=object)).value) == [[shown]]


def test_a_payload_gives_nobody_away() -> None:
    payloads = [
        '{"id":"c1","email":"ann@example.com","phone":"+491701234567","last_name":"Smith"}',
        '{"a":"@","phone":"+491701234567"}',
        '{"last_name":"Smith"}',
        "Dear Smith, ann@example.com is it",
    ]
    shown = sample(pd.DataFrame({"payload": payloads})).value
    for secret in ("ann", "example", "4917", "Smith"):
        assert secret not in shown


def test_no_value_breaks_the_table() -> None:
    with duckdb.connect() as connection:
        relation = connection.sql(
            "select * from (values"
            " ([1, 2], {'key': 'page', 'value': {'n': 3}}, 170141183460469231731687303715884105727::hugeint, 1.5::decimal(18, 4),"
            "  timestamp '2026-06-30 09:00', 'a|b' || chr(10) || 'c', null, 'nan'::double),"
            " (null, null, null, null, null, repeat('long', 30), [null, 'x'], 0.1)"
            ") as rows (list, struct, hugeint, money, moment, text, empty, number)"
        )
        lines = sample_of(relation).value.splitlines()
    assert lines[0] == "| list | struct | hugeint | money | moment | text | empty | number |"
    assert {line.count("|") for line in lines} == {9}
    first, second = cells("\n".join(lines))
    assert first[0] == "[1, 2]" and first[2].startswith("17014118346046923173") and first[3] == "1.5000"
    assert first[5] == "a/b c"
    assert second[:5] == [""] * 5 and second[5] == ("long" * 10)[:39] + "…"
    assert first[6:] == ["", ""] and second[6:] == ["[None, 'x']", "0.1"]


def test_a_sample_is_small_and_an_empty_table_has_its_head() -> None:
    wide = pd.DataFrame({f"c{place}": range(20) for place in range(20)})
    assert len(cells(sample(wide).value)) == 5
    assert len(cells(sample(wide, rows=2, columns=3).value)[0]) == 3
    assert len(sample(wide.head(0)).value.splitlines()) == HEAD


def test_money_and_missing_numbers_are_shown_as_they_are() -> None:
    frame = pd.DataFrame({"amount": [Decimal("19.99"), None], "orders": [3, None]}, dtype=object)
    assert cells(sample(frame).value) == [["19.99", "3"], ["", ""]]
