"""What the SQL looks up: names, countries, cities, devices, sources, categories; as macros and small tables of a connection."""

import duckdb
import numpy as np
import pyarrow as pa

from demo.shop.catalogue import BRANDS, CATEGORIES
from demo.shop.ga4 import HOST
from demo.shop.ga4_schema import DEFINITION, ga4_schema
from demo.shop.names import FIRST, LAST
from demo.shop.places import CITIES, CITY_WEIGHTS, COUNTRIES
from demo.shop.surroundings import SOURCES, devices, geography

_KINDS = 64  # of devices
_BEGINNINGS = (
    "Al Bar Ber Bra Cal Dal Der Dun El Fal Gar Gol Hal Har Kal Ker Lan Lin Mal Mar Mor Nor Ol Per Ral Ros Sal San Schu Ter Val Wal"
)
_MIDDLES = "a ber de den di el en er gen i in ken la len ling ter man mer ne o ri sen ti ven"
_ENDS = "bach berg by don er field ford hoff ich ko lein ley man mayer mond ner ovic sen ski son stein ton wald well wood y"


def teach(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives a connection the dictionaries and the empty table of events."""
    connection.execute(DEFINITION.read_text())
    countries = [
        {
            "code": country.code, "calling": country.calling, "trunk": country.trunk, "mobile": list(country.mobile),
            "digits": country.digits, "currency": country.currency, "factor": country.price_factor, "vat": country.vat,
            "first_names": list(FIRST[country.code]), "last_names": list(LAST[country.code]),
        }
        for country in COUNTRIES
    ]  # fmt: skip
    schema = ga4_schema()
    places = np.arange(_KINDS * len(COUNTRIES))
    made = devices(schema.field("device").type, places // len(COUNTRIES), places % len(COUNTRIES), HOST)
    tables = {
        "countries": pa.Table.from_pylist(countries).append_column("country", pa.array(range(len(countries)))),
        "cities": pa.table(
            {
                "city": range(len(CITIES)),
                "country": [index for index, _ in CITIES],
                "name": [city.name for _, city in CITIES],
                "time_zone": [city.time_zone for _, city in CITIES],
                "geo": geography(schema.field("geo").type),
            }
        ),
        "makes": pa.table({"make": places // len(COUNTRIES), "country": places % len(COUNTRIES), "device": made}),
        "sources": pa.table(
            {
                "source": range(len(SOURCES)),
                **{name: [row[at] for row in SOURCES] for at, name in enumerate(("campaign", "medium", "site"))},
            }
        ),
    }
    for name, table in tables.items():
        connection.register("given", table)
        connection.execute(f"create table {name} as from given")
        connection.unregister("given")
    _say(connection, "syllables()", [_BEGINNINGS.split(), _MIDDLES.split(), _ENDS.split()])
    _say(connection, "brands()", list(BRANDS))
    _say(connection, "category_names()", [category.name for category in CATEGORIES])
    _say(connection, "cheapest()", [category.cents[0] for category in CATEGORIES])
    _say(connection, "dearest()", [category.cents[1] for category in CATEGORIES])
    _say(connection, "things()", [list(category.things) for category in CATEGORIES])
    edges = np.cumsum(np.array(CITY_WEIGHTS) / sum(CITY_WEIGHTS))
    _say(connection, "city_edges()", [float(edge) for edge in edges[:-1]])
    shares = np.cumsum([category.share for category in CATEGORIES])
    _say(connection, "category_edges()", [float(edge) for edge in shares[:-1]])


def _say(connection: duckdb.DuckDBPyConnection, name: str, value: object) -> None:
    connection.execute(f"create macro {name} as {value!r}")
