"""People made up for the tests of linking, and what becomes of their pairs."""

import csv
import random
from datetime import date
from pathlib import Path

import pyarrow as pa

from matching.decisions import Settings
from matching.matches import find_matches
from matching.people import FIELDS

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "name_variants.csv"
VARIANTS = [(row["name"], row["variant_of"]) for row in csv.DictReader(SEED.open())]
TYPES = [("record_key", pa.string()), *((name, pa.date32() if name == "birth_date" else pa.string()) for name in FIELDS)]


def table(rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist([{"record_key": f"k{place:05}", **row} for place, row in enumerate(rows)], schema=pa.schema(TYPES))


def found(rows: list[dict]) -> list[dict]:
    return find_matches(table(rows), VARIANTS, Settings()).to_pylist()


def decided(rows: list[dict]) -> dict[tuple[int, int], str]:
    """What became of each pair, by the places of its rows."""
    return {(int(row["left_key"][1:]), int(row["right_key"][1:])): row["decision"] for row in found(rows)}


def crowd(count: int = 120, twice: int = 40) -> list[dict]:
    """Strangers, of whom some are here twice with one slip: what a model can learn from."""
    chance = random.Random(7)
    firsts = sorted({name for name, _ in VARIANTS if len(name) > 4})
    made = []
    for number in range(count):
        first, last = chance.choice(firsts), "".join(chance.choices("abdegiklmnorstu", k=8))
        made.append(
            {
                "first_name": first.title(),
                "last_name": last.title(),
                "birth_date": date(1950 + chance.randrange(55), chance.randrange(1, 13), chance.randrange(1, 29)),
                "email": f"{first}.{last}@example.com",
                "phone": f"+4915{chance.randrange(10**9):09}",
                "street": f"{number} {chance.choice(['Mill', 'Park', 'Lake'])} Street",
                "postal_code": f"{chance.randrange(10**5):05}",
                "city": chance.choice(["Berlin", "Hamburg", "Wien"]),
            }
        )
    again = [{**row, "last_name": row["last_name"][:-1], "phone": None} for row in made[:twice]]
    return [*made, *again]
