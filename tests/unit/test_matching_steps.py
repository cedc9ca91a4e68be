"""Steps of linking: what is left out as hopeless, riddles, groups and chains."""

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.made_up_people import Clerk, World, made_up
from matching.blocking import write_pairs
from matching.conflicts import chained, groups_of, write_forks, write_unclear
from matching.matches import said_fields
from matching.people import FIELDS, prepare_people
from matching.promising import write_promising
from matching.splink_model import score
from matching.training import drawn, train

TYPES = [("record_key", pa.string()), *((name, pa.date32() if name == "birth_date" else pa.string()) for name in FIELDS)]


def riddles(weights: dict[tuple[int, int], float], generation_of_2: str | None) -> set[tuple[int, int]]:
    """The unclear pairs among three records, of which 1 and 3 are of two generations."""
    with duckdb.connect() as connection:
        connection.execute("create table people (unique_id integer, generation varchar, first_name varchar, birth_date date)")
        connection.execute(
            "insert into people values (1, 'junior', null, null), (2, ?, null, null), (3, 'senior', null, null)", [generation_of_2]
        )
        connection.execute("create table open_pairs (one integer, other integer, weight double, is_vague boolean)")
        connection.executemany("insert into open_pairs values (?, ?, ?, false)", [(*pair, weight) for pair, weight in weights.items()])
        connection.execute("create table clashes as select 1 as left_id, 3 as right_id, 0 as kind")
        write_forks(connection)
        write_unclear(connection)
        return set(connection.sql("select one, other from unclear").fetchall())


def test_chains_do_not_unite_those_who_contradict_each_other():
    assert chained({(1, 2): 9.0, (2, 3): 5.0}, {(1, 3)}) == {(2, 3)}
    assert riddles({(1, 2): 5.0, (2, 3): 6.0}, None) == {(1, 2), (2, 3)}
    assert riddles({(1, 2): 5.0, (2, 3): 9.0}, None) == {(1, 2)}
    assert riddles({(1, 2): 5.0, (2, 3): 6.0}, "junior") == set()


def test_people_hang_together_by_chains_of_any_length():
    one, other = np.array([5, 1, 7, 6, 2]), np.array([6, 2, 8, 7, 9])
    people, groups = groups_of(one, other)
    assert dict(zip(people.tolist(), groups.tolist(), strict=True)) == {1: 1, 2: 1, 9: 1, 5: 5, 6: 5, 7: 5, 8: 5}


def test_what_is_left_out_as_hopeless_is_nothing_that_splink_would_keep():
    rows = [{"record_key": str(place), **row} for place, (_, row) in enumerate(made_up(1500))]
    with duckdb.connect() as connection:
        connection.register("given", pa.Table.from_pylist(rows, schema=pa.schema(TYPES)))
        connection.execute("create table records as select row_number() over (order by record_key) as unique_id, * from given")
        prepare_people(connection, {})
        write_pairs(connection)
        fields = said_fields(connection)
        belief = train(connection, fields)
        write_promising(connection, "pairs", "promising", fields, belief)
        score(connection, "pairs", "scored", fields, belief)
        kept = set(connection.sql("select unique_id_l, unique_id_r from scored").fetchall())
        promising = set(connection.sql("select join_key_l, join_key_r from promising").fetchall())
        assert kept
        assert kept <= promising
        assert len(promising) < 0.5 * connection.sql("select count(*) from pairs").fetchall()[0][0]


def test_training_draws_neighbours_in_the_file_as_often_as_others():
    with duckdb.connect() as connection:
        connection.execute("create table pairs as select i as join_key_l, i + 1 as join_key_r from range(1, 200001) as t(i)")
        for parts in (1, 2, 3, 5, 7, 8, 11, 12, 20, 31, 40):
            [(share,)] = connection.sql(f"select count(*) * {parts} / 200000 from pairs where {drawn(parts)}").fetchall()
            assert 0.9 < share < 1.1, parts


def test_made_up_strangers_never_have_one_address():
    made = World(1, Clerk(), surnames=5)
    homes = [{person["email"] for person in made.household()} for _ in range(3000)]
    assert sum(map(len, homes)) == len(set.union(*homes))
