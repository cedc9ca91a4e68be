"""Slips of the pen: the cheap way to tell gives the answer of counting them."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.alike import OTHER_PLACE, at_most_edits

NAMES = st.text("abcé ß日'1", max_size=9)


@settings(deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES, st.integers(0, 4)), min_size=1, max_size=40))
def test_at_most_so_many_slips_is_what_counting_them_says(pairs: list[tuple[str, str, int]]) -> None:
    # pairs that are near each other, too: the one text with its letters moved
    near = [(one, one[1:2] + one[:1] + one[2:] + other[:1], most) for one, other, most in pairs]
    with duckdb.connect() as connection:
        connection.execute("create table pairs (one varchar, other varchar, most integer)")
        connection.executemany("insert into pairs values (?, ?, ?)", [*pairs, *near, (None, "a", 1), ("a", None, 1)])
        wrong = connection.sql(f"""
            select * from pairs
            where ({at_most_edits("one", "other", "most")}) is distinct from (damerau_levenshtein(one, other) <= most)
        """).fetchall()
    assert wrong == []


@pytest.mark.parametrize(
    ("towns", "codes", "other"),
    [
        (("creswick", "creswivk"), ("2230", "2203"), False),
        (("creswick", "bendigo"), ("2230", "3550"), True),
        (("creswick", "bendigo"), ("2230", "2230"), False),
        (("creswick", None), ("2230", "3550"), False),
    ],
)
def test_a_slip_in_the_town_is_no_other_town(towns: tuple[str, str], codes: tuple[str, str], other: bool) -> None:
    given_pair = "select ? as city_l, ? as city_r, ? as postal_code_l, ? as postal_code_r"
    assert duckdb.execute(f"select {OTHER_PLACE} from ({given_pair})", [*towns, *codes]).fetchall() == [(other,)]
