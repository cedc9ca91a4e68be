"""How well identity tells people apart, where the truth is written down: in a demo world. The pipeline itself never looks there."""

from pathlib import Path
from typing import Any

import duckdb

#: Every record, or device of one person, with the person that it truly is and the profile that it got. A guest is whoever alone
#: has the address; a device that two people use is one row for each of them.
_PLACED = """
    with owners as (
        select value as email, min(person_id) as person_id from read_parquet($truth)
        where identifier_type = 'email' group by value having count(distinct person_id) = 1
    )
    select truth.person_id, found.profile_id, found.identifier_key
    from (select distinct * from read_parquet($truth) where identifier_type not in ('email', 'phone')) as truth
    inner join identity.identifiers as found on found.identifier_type = truth.identifier_type and found.identifier_value = truth.value
    union all
    select owners.person_id, found.profile_id, found.identifier_key
    from identity.identifiers as found
    inner join identity.records as records on found.identifier_key = records.record_key
    inner join owners on owners.email = records.email
    where found.identifier_type = 'guest'
"""


def identity_against(truth: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Figures for identity.identifiers: precision and recall over pairs of records, and links between different people by their kind.

    truth: the folder with identifiers.parquet (person_id, identifier_type, value); without it no figures.
    """
    file = truth / "identifiers.parquet"
    if not file.exists():
        return {}
    placed = f"({_PLACED}) as placed"
    pairs = "coalesce(sum(records * (records - 1)), 0)"
    right, together, true = connection.execute(
        f"""
        with counted as (select person_id, profile_id, count(*) as records from {placed} group by all)
        select
            (select {pairs} from counted),
            (select {pairs} from (select sum(records) as records from counted group by profile_id)),
            (select {pairs} from (select sum(records) as records from counted group by person_id))
        """,
        {"truth": str(file)},
    ).fetchall()[0]
    wrong = connection.execute(
        f"""
        with people as (select identifier_key, min(person_id) as person_id from {placed} group by all having count(*) = 1)
        select links.via_type, count(*)
        from identity.int_links_accepted as links
        inner join people as one on links.left_key = one.identifier_key
        inner join people as other on links.right_key = other.identifier_key
        where one.person_id <> other.person_id
        group by all order by all
        """,
        {"truth": str(file)},
    ).fetchall()
    figures: dict[str, Any] = {"pair_precision": float(right) / max(float(together), 1), "pair_recall": float(right) / max(float(true), 1)}
    return figures | {"false_links": sum(count for _, count in wrong)} | {f"false_links_by_{kind}": count for kind, count in wrong}
