"""Who is probably the same person where no key says so: Splink on what the records say, trained without labels (package `matching`).

Splink works on a DuckDB connection of its own in memory; the warehouse gets the decided pairs alone.
"""

from typing import Any

import pyarrow as pa

COLUMNS = "first_name, last_name, born_on as birth_date, email, phone, street, postal_code, city, company_name"


def model(dbt: Any, session: Any) -> Any:
    """One row per pair of records that is accepted, worth a look, or contradicted: the columns of matching.matches.SCHEMA."""
    from matching.decisions import Settings
    from matching.matches import find_matches

    dbt.config(materialized="table")
    records = dbt.ref("records")
    variants = dbt.ref("name_variants")
    settings = Settings(
        precision=float(dbt.config.get("precision")),
        least=float(dbt.config.get("least_probability")),
        review=float(dbt.config.get("review_probability")),
    )
    given = records.select(f"cast(record_key as varchar) as record_key, {COLUMNS}").to_arrow_table()
    names = variants.select("name, variant_of").fetchall()
    found: pa.Table = find_matches(given, names, settings)
    return session.from_arrow(found).select("* replace (cast(left_key as uhugeint) as left_key, cast(right_key as uhugeint) as right_key)")
