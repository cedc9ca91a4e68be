"""The real world is what the published figures of its data sets say; how it is mapped is shown on few rows. Longer than most: one world."""

import csv
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from demo import real

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not all((SHARED / name).exists() for name in (real.LINES, real.EVENTS, real.PEOPLE)),
    reason="../shared/data is absent: the public data sets are not part of this repository",
)
FEW_LINES = """
    ('1', 'A', 'MUG', 2, timestamp '2011-01-02 10:01', 2.55, 7, 'EIRE'),
    ('1', 'B', NULL, 1, timestamp '2011-01-02 10:00', 0.001, 7, 'EIRE'),
    ('2', 'A', 'MUG', 1, timestamp '2011-01-03 09:00', 3.39, NULL, 'Unspecified'),
    ('C3', 'A', 'mug?', -1, timestamp '2011-01-04 09:00', 2.55, 7, 'EIRE'),
    ('A4', 'A', '', 1, timestamp '2011-01-05 09:00', -11062.06, 5, 'RSA')
"""


def ask(database: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def prepare(shared: Path, folder: Path, progress=lambda _: None) -> SimpleNamespace:
    shop, crm = folder / "shop.db", folder / "crm.db"
    world = real.prepare(shared, folder, shop_url=f"sqlite:///{shop}", crm_url=f"sqlite:///{crm}", progress=progress)
    return SimpleNamespace(world=world, shop=partial(ask, shop), crm=partial(ask, crm))


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """The three data sets with a few rows each, in the places where `prepare` looks for them."""
    shared = tmp_path / "shared's data"
    for name in (real.LINES, real.EVENTS, real.PEOPLE):
        (shared / name).parent.mkdir(parents=True)
    with duckdb.connect() as memory:
        names = "InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country"
        memory.sql(f"select * replace (UnitPrice::double as UnitPrice) from (values {FEW_LINES}) as raw ({names})").write_parquet(
            str(shared / real.LINES)
        )
        memory.sql(
            "select '2020110' || d as event_date, d * 1000 + n as event_timestamp from range(1, 4) a(d), range(5) b(n)"
        ).write_parquet(str(shared / real.EVENTS))
    (shared / real.PEOPLE).write_text(
        "unique_id,first_name,surname,dob,city,email,cluster\n"
        "0,Ann,Lee,2031-02-20,Hull,ann@example.com,0\n1,An,Lee,1980-01-02,,,0\n2,,Poe,1990-05-06,,poe@example.com,3\n"
    )
    return shared


def test_lines_are_as_they_were(few: Path, tmp_path: Path):
    shop = prepare(few, tmp_path / "world").shop
    assert shop("select order_line_id, order_id, product_id, quantity, unit_price_amount from order_lines") == [
        ("1", "1", "A", 2, 2.55),
        ("2", "1", "B", 1, 0.001),
        ("3", "2", "A", 1, 3.39),
        ("4", "C3", "A", -1, 2.55),
        ("5", "A4", "A", 1, -11062.06),
    ]
    assert shop("select order_id, customer_id, status, total_amount, country_code, ordered_at from orders order by ordered_at") == [
        ("1", "7", "paid", 5.101, "IE", "2011-01-02 10:00:00.000000"),
        ("2", None, "paid", 3.39, None, "2011-01-03 09:00:00.000000"),
        ("C3", "7", "cancelled", -2.55, "IE", "2011-01-04 09:00:00.000000"),
        ("A4", "5", "paid", -11062.06, "ZA", "2011-01-05 09:00:00.000000"),
    ]
    assert shop("select product_id, name, price_amount, currency from products") == [
        ("A", "MUG", 2.55, "GBP"),
        ("B", "B", 0.001, "GBP"),
    ]
    assert shop("select customer_id, email, phone, created_at from customers order by 1 desc") == [
        ("7", None, None, "2011-01-02 10:00:00.000000"),
        ("5", None, None, "2011-01-05 09:00:00.000000"),
    ]
    assert shop("select count(*) from refunds") == shop("select count(*) from shipments") == [(0,)]


def test_the_made_up_link_is_on_the_first_record_of_each_person_and_wholly_in_the_truth(few: Path, tmp_path: Path):
    made = prepare(few, tmp_path / "world")
    contacts = made.crm("select contact_id, shop_customer_id, birth_date, email from contacts")
    assert contacts == [
        ("0", "7", "2031-02-20", "ann@example.com"),
        ("1", None, "1980-01-02", None),
        ("2", "5", "1990-05-06", "poe@example.com"),
    ]
    assert made.crm("select contact_id, channel, purpose, status from consents") == [
        ("0", "email", "marketing", "granted"),
        ("2", "email", "marketing", "granted"),
    ]
    with made.world.truth.open() as file:
        assert [(row["contact_id"], row["shop_customer_id"]) for row in csv.DictReader(file)] == [
            ("0", "7"),
            ("1", "7"),
            ("2", "5"),
        ]


def test_a_finished_world_is_left_alone_and_an_unfinished_one_made_anew(few: Path, tmp_path: Path):
    folder = tmp_path / "world"
    prepare(few, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    said: list[str] = []
    prepare(few, folder, said.append)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before and said[0].startswith("real input: finished before")
    (folder / "crm.db").unlink()
    assert prepare(few, folder).crm("select count(*) from contacts") == [(3,)]
    (folder / "real.json").unlink()  # as if it had been stopped before its end
    assert prepare(few, folder).shop("select count(*) from order_lines") == [(5,)]
    assert sorted(path.name for path in (folder / "ga4").iterdir()) == [f"events_2020110{day}.parquet" for day in (1, 2, 3)]


def test_a_missing_data_set_is_named_and_nothing_is_made(few: Path, tmp_path: Path):
    (few / real.EVENTS).unlink()
    with pytest.raises(FileNotFoundError, match="lacks ga4_export/ga4_events_sampled"):
        prepare(few, tmp_path / "world")
    assert not (tmp_path / "world").exists()


@needs_shared
def test_the_published_figures(tmp_path: Path):
    made = prepare(SHARED, tmp_path)
    assert made.shop("select count(*), count(distinct order_id) from order_lines") == [(541_909, 25_900)]
    assert made.shop("select round(sum(quantity * unit_price_amount), 2) from order_lines") == [(9_747_747.93,)]
    assert made.shop("select count(*), round(sum(total_amount), 2) from orders") == [(25_900, 9_747_747.93)]
    assert made.shop("select count(*) from orders where status = 'cancelled'") == [(3_836,)]
    assert made.shop("select count(*) from customers") == [(4_372,)] and made.shop("select count(*) from products") == [(4_070,)]
    clean = """
        select count(distinct customer_id), count(distinct order_id), round(sum(quantity * unit_price_amount), 2)
        from order_lines join orders using (order_id)
        where customer_id is not null and status = 'paid' and quantity > 0 and unit_price_amount > 0
    """
    assert made.shop(clean) == [(4_338, 18_532, 8_911_407.90)]
    assert made.crm("select count(*), count(shop_customer_id) from contacts") == [(1_000, 251)]
    events = (
        duckdb.connect()
        .execute(
            f"""
        select count(*), count(distinct filename), count(*) filter (event_name = 'purchase'),
            sum(ecommerce.purchase_revenue) filter (event_name = 'purchase'), bool_and(filename like '%events_' || event_date || '.parquet')
        from read_parquet('{made.world.ga4_folder}/*.parquet', filename = true)"""
        )
        .fetchone()
    )
    assert events == (24_219, 92, 624, 41_529.0, True)
