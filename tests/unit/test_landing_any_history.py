"""Whatever happens in a source, in any order: what holds in the landing zone is what the source has."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from landing_kit import AS_OF, fill, holding, order

from orchestration.landing import Landing, land_sql
from orchestration.sources import shop

DAY = timedelta(days=1)
CHANGES = st.lists(
    st.dictionaries(st.integers(0, 5), st.one_of(st.none(), st.tuples(st.sampled_from(["paid", "shipped"]), st.integers(0, 40)))),
    max_size=6,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(days=CHANGES)
def test_whatever_happens_in_the_source_what_holds_is_what_it_has(tmp_path_factory: pytest.TempPathFactory, days: list) -> None:
    folder = tmp_path_factory.mktemp("any")
    url, landing = f"sqlite:///{folder / 'shop.db'}", Landing(folder / "landing")
    table = replace(shop.ORDERS, vanish_at_most=1)
    fill(url, table, [order(99)])
    engine = sa.create_engine(url)
    there: set[int] = set()
    for place, changes in enumerate(days):
        now = AS_OF + place * DAY
        with engine.begin() as connection:
            for number in changes:
                connection.execute(sa.text(f"delete from orders where order_id = 'o{number}'"))
        # a change has a later time than all before; what is new, or returns, may have any
        times = {n: now - (c[1] * DAY if c and n not in there else timedelta(hours=1)) for n, c in changes.items()}
        fill(url, table, [order(n, status=c[0], updated_at=str(times[n].replace(tzinfo=None))) for n, c in changes.items() if c])
        there = {n for n, c in changes.items() if c} | (there - set(changes))
        land_sql(table, url, landing, now)
        with engine.connect() as connection:
            rows = connection.execute(sa.text("select order_id, status from orders order by 1")).fetchall()
        assert holding(landing, table, "order_id, status") == [tuple(row) for row in rows]
    engine.dispose()
