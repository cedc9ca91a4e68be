"""What arrived against what usually does: what is broken blocks and says what to do; what is new, quiet or accepted never does.

One file, for all tests look at one made-up shop."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from shell_kit import Deployment, checks, steps

from expectations.gate import GateResult, validate
from expectations.raw import arrivals
from orchestration.assets.arrivals import arrivals as measured
from orchestration.checks import CHECKS
from orchestration.landing import Landing, arrivals_frame, land_arrivals
from orchestration.sources import crm, ga4, shop

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)  # a Tuesday
YESTERDAY = date(2026, 6, 29)
TABLES = [*shop.TABLES, *crm.TABLES, *ga4.TABLES]


#: What is in a landed row, for each number of a day (`day`, `key` and `stamp` are there).
ROWS = {
    shop.ORDERS: "key as order_id, 'c' as customer_id, 'a@x.org' as email, 'paid' as status, stamp as ordered_at, stamp as updated_at",
    shop.ORDER_LINES: "key as order_line_id, key as order_id, 'p' as product_id, stamp as updated_at",
    crm.CONTACTS: "key as contact_id, {email} as email, stamp as created_at, stamp as updated_at",
    crm.CONSENTS: "key as consent_id, key as contact_id, 'email' as channel, stamp as recorded_at, stamp as updated_at",
}


class Shop:
    """Ten weeks of orders with a line each, and of contacts with a consent, about 40 a day; one of each this morning.

    lost: of a table, the condition on (day, number) of rows that do not come. email: that of contacts, as SQL.
    """

    def __init__(self, root: Path) -> None:
        self.landing = Landing(root)
        self.days, self.lost, self.email = 70, dict[str, str](), "'a@example.com'"

    def land(self, now: datetime = NOW) -> None:
        """Lands all up to now, as one file a table, whatever was there."""
        self.landing.declare(*ROWS)
        with duckdb.connect() as connection:
            connection.execute(f"""
                create table made as
                select day::date as day, number, day::date || '.' || number as key, day + interval 8 hour as stamp
                from (select date '{now:%Y-%m-%d}' - range::integer as day from range({self.days})), (select range as number from range(50))
                where number < case when day = date '{now:%Y-%m-%d}' then 1 else 40 + day(day) % 3 end
            """)
            for table, columns in ROWS.items():
                with self.landing.writing(table, "rows.parquet") as unfinished:
                    lost = self.lost.get(table.raw_name, "false")
                    columns = columns.format(email=f"case when {self.email} <> '' then {self.email} end")
                    connection.execute(f"create or replace table rows_of ({table.ddl})")
                    connection.execute(f"insert into rows_of by name select {columns} from made where not ({lost})")
                    connection.execute(f"copy rows_of to '{unfinished}' (format parquet)")

    def judged(self, now: datetime = NOW, accepted: Iterable[str] = ()) -> GateResult:
        frame = arrivals_frame(self.landing, TABLES, now, set(accepted))
        land_arrivals(self.landing, frame)
        return validate(frame, arrivals.suite(), arrivals.KEY)


@pytest.fixture
def made(tmp_path: Path) -> Shop:
    """A shop that landed once, well, a day ago."""
    found = Shop(tmp_path)
    found.land(NOW - timedelta(days=1))
    assert found.judged(NOW - timedelta(days=1)).failures == ()
    return found


def lost(*tables: str, day: date = YESTERDAY) -> dict[str, str]:
    """The rows of a day did not come, but for two."""
    return dict.fromkeys(tables, f"day = date '{day}' and number >= 2")


def test_a_usual_day_is_as_expected(made: Shop) -> None:
    made.land()
    assert made.judged().failures == ()


def test_a_table_that_is_nearly_empty_while_others_are_not_blocks_and_says_what_to_do(made: Shop) -> None:
    made.lost = lost("shop_orders", "shop_order_lines")
    made.land()
    result = made.judged()
    assert not result.passed
    failure = result.failures[0]
    assert (failure.severity, failure.keys) == ("critical", ("shop_orders on 2026-06-29: 2 rows, usually 41 on that weekday",))
    assert "run again" in failure.sentence and "regulars/accept_arrivals" in failure.sentence


def test_what_a_person_accepts_passes_for_that_day_and_no_other(made: Shop) -> None:
    made.lost = lost("shop_orders", "shop_order_lines")
    made.land()
    assert made.judged(accepted=["shop_orders"]).passed
    later = made.judged()  # the day is judged again, by a run without the tag
    assert later.passed and later.severity == "warning"
    made.lost = lost("shop_orders", "shop_order_lines", day=YESTERDAY + timedelta(days=1))
    made.land(NOW + timedelta(days=1))
    assert not made.judged(NOW + timedelta(days=1)).passed


def test_a_quiet_day_of_the_whole_shop_is_no_failure(made: Shop) -> None:
    made.lost = lost("shop_orders", "shop_order_lines", "crm_contacts", "crm_consents")
    made.land()
    assert made.judged().failures == ()


def test_the_first_run_blocks_nothing_and_warns(tmp_path: Path) -> None:
    first = Shop(tmp_path)
    first.lost = lost("shop_orders", "shop_order_lines")
    first.land()
    result = first.judged()
    assert result.passed and result.severity == "warning"


def test_an_empty_shop_passes(tmp_path: Path) -> None:
    assert Shop(tmp_path).judged().failures == ()


def test_a_new_system_is_judged_when_it_has_a_history(tmp_path: Path) -> None:
    new = Shop(tmp_path)
    new.days, new.lost = 36, lost("shop_orders", "shop_order_lines")
    new.land()
    new.judged()
    assert new.judged().failures == ()  # known by now, with five weeks of it


def test_days_on_which_the_shop_is_closed_are_as_usual(tmp_path: Path) -> None:
    closed = Shop(tmp_path)
    closed.lost = dict.fromkeys((table.raw_name for table in ROWS), "dayofweek(day) in (0, 6)")
    for now in (NOW - timedelta(days=2), NOW - timedelta(days=1), NOW):
        closed.land(now)
        assert closed.judged(now).failures == ()


def test_a_column_that_lost_its_values_blocks(made: Shop) -> None:
    made.email = f"if(day > date '{YESTERDAY}' - 7, '', 'a@example.com')"
    made.land()
    result = made.judged()
    assert result.failures[0].keys == ("crm_contacts.email, week to 2026-06-29: 100 % missing, usually 0 %",)
    assert not result.passed and "masked" in result.failures[0].sentence


@pytest.mark.parametrize(
    ("table", "finding"),
    [
        ("shop_orders", "shop_order_lines.order_id in shop_orders, week to 2026-06-29: 57 % are unknown there, usually 0 %"),
        ("shop_order_lines", "shop_orders in shop_order_lines, week to 2026-06-29: 57 % are not there, usually 0 %"),
        ("crm_contacts", "crm_consents.contact_id in crm_contacts, week to 2026-06-29: 57 % are unknown there, usually 0 %"),
    ],
)
def test_rows_whose_other_half_did_not_come_block(tmp_path: Path, table: str, finding: str) -> None:
    made = Shop(tmp_path)
    made.land(NOW - timedelta(days=7))
    made.judged(NOW - timedelta(days=7))
    made.lost = {table: f"day between date '{YESTERDAY}' - 3 and date '{YESTERDAY}'"}
    made.land()
    result = made.judged()
    assert not result.passed
    assert finding in {key for failure in result.failures if failure.severity == "critical" for key in failure.keys}


def see_purchases(landing: Landing, of_day: Callable[[date], int]) -> None:
    """Puts purchases into the landed events of GA4: so many for each day of ten weeks, and one of today."""
    landing.declare(ga4.EVENTS)
    with duckdb.connect() as connection, landing.writing(ga4.EVENTS, "events_20260630.parquet") as unfinished:
        connection.execute(f"create table day ({ga4.EVENTS.definition})")
        days = [YESTERDAY - timedelta(days=step) for step in range(-1, 70)]
        connection.execute("create table wanted (day date, purchases integer)")
        connection.executemany("insert into wanted values (?, ?)", [(day, of_day(day) if day <= YESTERDAY else 1) for day in days])
        connection.execute("""
            insert into day by name
            select strftime(day, '%Y%m%d') as event_date, 'purchase' as event_name, 'g' || range as user_pseudo_id,
                epoch_us(day::timestamp) + range as event_timestamp
            from wanted, range(1000) where range < purchases
        """)
        connection.execute(f"copy day to '{unfinished}' (format parquet)")


def test_orders_that_the_web_site_saw_and_the_shop_does_not_give_block(made: Shop) -> None:
    see_purchases(made.landing, lambda day: 20 + day.day % 2)
    made.lost = lost("shop_orders", "shop_order_lines")
    made.land()
    made.judged()
    said = made.judged().sentence
    assert "shop_orders on 2026-06-29: 21 purchases in ga4_events for 2 orders, usually 0.5 for each" in said
    assert "the orders are not here" in said


def test_a_web_site_that_stopped_telling_of_purchases_is_a_warning(made: Shop) -> None:
    see_purchases(made.landing, lambda day: 2 if day == YESTERDAY else 25)
    made.land()
    made.judged()
    result = made.judged(accepted=["ga4_events"])
    assert result.passed and "it misses purchases" in result.sentence


def test_in_a_run_the_gate_stops_what_is_to_the_right_until_a_tag_lets_it_pass(tmp_path: Path) -> None:
    gate = next(check for check in CHECKS if {key.asset_key for key in check.check_keys} == {measured.key})

    @dg.asset(deps=[measured.key])
    def to_the_right() -> None:
        """Something that is built on what arrived."""

    def run(now: datetime, **tags: str) -> tuple[bool, Any]:
        done = deployment.materialize(measured, gate, to_the_right, tags={"regulars/as_of": now.isoformat(), **tags})
        went_on = "to_the_right" in steps(done, dg.DagsterEventType.STEP_SUCCESS)
        return went_on, checks(done)["raw/arrivals:gate"]

    deployment = Deployment(tmp_path)
    made = Shop(deployment.data / "landing")
    made.land(NOW - timedelta(days=1))
    went_on, judged = run(NOW - timedelta(days=1))
    assert went_on and judged.passed
    made.lost = lost("shop_orders", "shop_order_lines")
    made.land()
    went_on, judged = run(NOW)
    assert not went_on and not judged.passed
    assert (judged.blocking, judged.severity) == (True, dg.AssetCheckSeverity.ERROR)
    assert "shop_orders on 2026-06-29: 2 rows" in judged.description and "regulars/accept_arrivals" in judged.description
    page = Path(judged.metadata["data_docs"].value).read_text()
    assert "shop_orders on 2026-06-29: 2 rows" in page and "example.com" not in page
    went_on, judged = run(NOW, **{"regulars/accept_arrivals": "shop_orders, ga4_events"})
    assert went_on and judged.severity == dg.AssetCheckSeverity.WARN
    assert "example.com" not in deployment.said()
