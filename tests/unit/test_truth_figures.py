"""The figures of identity against a written truth: counted by hand on seven records."""

from pathlib import Path

import duckdb
import pytest

from orchestration.assets.truth import identity_against


@pytest.fixture
def world(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"""
        create schema identity;
        copy (select * from (values
            ('P1', 'shop_customer_id', 'a1'), ('P1', 'crm_id', 'c1'), ('P1', 'crm_id', 'c2'), ('P1', 'email', 'one@x.org'),
            ('P2', 'shop_customer_id', 'a2'), ('P2', 'crm_id', 'c3'), ('P2', 'email', 'shared@x.org'), ('P3', 'email', 'shared@x.org')
        ) as truth (person_id, identifier_type, value)) to '{tmp_path}/identifiers.parquet' (format parquet);
        create table identity.identifiers as from (values
            ('shop_customer_id', 'a1', 1, 'p'), ('crm_id', 'c1', 2, 'p'), ('crm_id', 'c2', 3, 'q'), ('guest', 'g1', 6, 'p'),
            ('shop_customer_id', 'a2', 4, 'p'), ('crm_id', 'c3', 5, 'r'), ('guest', 'g2', 7, 's'), ('email', 'one@x.org', 8, 'p')
        ) as rows (identifier_type, identifier_value, identifier_key, profile_id);
        create table identity.records as from (values (6, 'one@x.org'), (7, 'shared@x.org')) as rows (record_key, email);
        create table identity.int_links_accepted as from (values
            (2, 1, 'alias'), (4, 1, 'phone'), (6, 1, 'email')
        ) as rows (left_key, right_key, via_type);
    """)
    return connection


def test_pairs_are_counted_over_records_and_guests_whose_address_is_one_persons(world: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    figures = identity_against(tmp_path, world)
    assert figures["pair_precision"] == pytest.approx(3 / 6), "a1, c1, g1 are together, and a2 with them"
    assert figures["pair_recall"] == pytest.approx(3 / 7), "of six pairs of the first and one of the second"
    assert (figures["false_links"], figures["false_links_by_phone"]) == (1, 1)


def test_without_a_truth_there_are_no_figures(world: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert identity_against(tmp_path / "elsewhere", world) == {}
