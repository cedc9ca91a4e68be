"""Linking people by what they say: names, hard contradictions, thresholds, and what must not matter to the answer."""

import random
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from matching_kit import VARIANTS, crowd, decided, table

from matching.decisions import Settings, surest
from matching.matches import SCHEMA, find_matches
from matching.names import initials_of, read_name, split_name, variants_of

FORMS = variants_of(VARIANTS)
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
