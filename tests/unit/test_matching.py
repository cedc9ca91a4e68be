"""Linking people by what they say: names, hard contradictions, thresholds, and what must not matter to the answer."""

import csv
import random
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from matching.decisions import Settings, surest
from matching.matches import SCHEMA, find_matches
from matching.names import initials_of, read_name, split_name, variants_of
from matching.people import FIELDS

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "name_variants.csv"
VARIANTS = [(row["name"], row["variant_of"]) for row in csv.DictReader(SEED.open())]
FORMS = variants_of(VARIANTS)
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


JOHN = {"first_name": "John", "last_name": "Miller", "street": "3212 West Street", "city": "Palm Harbor", "postal_code": "34683"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Garski", "Garsky"), ("Thompson", "Tompson"), ("Kandace", "Candace"), ("Müller", "Mueller"), ("Василь", "Vasil")],
)
def test_spellings_of_one_name_sound_alike(one, other):
    written = initials_of(FORMS)
    assert read_name(one, FORMS, written).sound == read_name(other, FORMS, written).sound


def test_a_name_is_read_with_its_generation_short_forms_and_initials():
    read = read_name("Bob Jr.", FORMS, initials_of(FORMS))
    assert (read.tokens, read.generation) == (("bob",), "junior")
    assert "robert" in read.roots and {"b", "r"} <= set(read.initials)
    assert split_name("Charney, Peggie") == ("Peggie", "Charney")
    assert split_name("王杰") == ("jie", "wang")
    assert split_name("van Dyke") == (None, None)


def test_as_many_as_keep_the_expected_precision_are_accepted():
    likely = np.array([1.0] * 8 + [0.9, 0.9, 0.5])
    assert surest(likely, Settings(precision=0.99)) == 8
    assert surest(likely, Settings(precision=0.975)) == 10
    assert surest(likely, Settings(precision=0.5, least=0.95)) == 8
    assert surest(np.array([]), Settings()) == 0


def test_a_slip_is_one_person_and_no_stranger_is():
    rows = crowd()
    assert {pair for pair, decision in decided(rows).items() if decision == "accepted"} == {(place, place + 120) for place in range(40)}


def test_families_namesakes_and_generations_are_not_one_person():
    twins = [{**JOHN, "first_name": name, "birth_date": date(1997, 9, 28), "email": "family@example.com"} for name in ("Mark", "Marsha")]
    elder = {**JOHN, "birth_date": date(1950, 3, 1)}
    younger = {**JOHN, "birth_date": date(1984, 11, 23)}
    junior, senior = {**JOHN, "last_name": "Dobbins Jr"}, {**JOHN, "last_name": "Dobbins Senior"}
    rows = [*twins, elder, younger, junior, senior, {**JOHN, "email": "john@example.org"}, *crowd()]
    said = decided(rows)
    assert said[0, 1] == said[2, 3] == said[4, 5] == "contradicted"
    assert said[2, 6] == said[3, 6] == "review"  # a third John at the address could be either


def test_the_order_of_rows_does_not_matter():
    rows = table(crowd())
    shuffled = rows.take(pa.array(random.Random(3).sample(range(len(rows)), len(rows))))
    assert find_matches(rows, VARIANTS, Settings()).equals(find_matches(shuffled, VARIANTS, Settings()))


def test_a_stranger_more_changes_no_decision():
    rows = crowd()
    stranger = {"first_name": "Xenia", "last_name": "Zwyx", "birth_date": date(1933, 1, 30), "city": "Linz"}
    assert decided([*rows, stranger]) == decided(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"first_name": "Ann"}],
        [{}, {}, {}],
        [{"city": "Wien"}] * 30,
        [{"first_name": "Ann", "last_name": "Lee"}] * 10_000,
        [{"first_name": "🙂", "last_name": "ß'%_\\"}, {"first_name": "", "last_name": " "}, {"email": "@", "phone": "+", "street": "''"}],
    ],
    ids=["none", "one", "nothing said", "a constant", "ten thousand of one name", "signs"],
)
def test_odd_files_have_an_answer_and_join_nobody(rows):
    answer = find_matches(table(rows), VARIANTS, Settings())
    assert answer.schema.equals(SCHEMA)
    assert "accepted" not in answer.column("decision").to_pylist()


def test_of_two_records_alone_nothing_is_learned_and_a_person_is_asked():
    assert decided([crowd(1, 0)[0]] * 2) == {(0, 1): "review"}
