"""Twenty of the shipped audiences in SQL written by hand, in one process without dbt: `python -m benchmarks.audiences_by_hand FOLDER`.

Beside the benchmark of the audiences, on its warehouse after it ran. Writes tables as the audiences do, prints the seconds, and fails
where an audience has other people than by hand.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb

NOW = "timestamp '2026-06-30 09:00:00'"
SEGMENTS = (
    "champions", "about_to_sleep", "at_risk", "cannot_lose", "hibernating", "lost", "loyal", "need_attention", "new_customers",
    "potential_loyalists", "promising",
)  # fmt: skip
SCORES = "read_parquet('{folder}/landing/scores/{name}/30.parquet')"

BY_HAND = {
    **{
        name if name == "champions" else f"segment_{name}": f"select profile_id from marts.rfm where segment = '{name}'"
        for name in SEGMENTS
    },
    "stage_lead": "select profile_id from profiles.profiles where profile_id not in (select profile_id from marts.int_customer_stages)",
    "stage_active": f"select profile_id from marts.int_customer_stages where cools_at > {NOW} and stage = 'active'",
    "stage_cooling": f"select profile_id from marts.int_customer_stages where cools_at <= {NOW} and at_risk_at > {NOW}",
    "stage_at_risk": f"select profile_id from marts.int_customer_stages where at_risk_at <= {NOW} and lapses_at > {NOW}",
    "stage_lapsed": f"select profile_id from marts.int_customer_stages where lapses_at <= {NOW}",
    "newcomers": f"select profile_id from profiles.profiles where first_order_at >= {NOW} - interval 30 day",
    "high_propensity": f"select profile_id from {SCORES.replace('{name}', 'purchase_30d')} where score >= {{high_propensity}}",
    "persona_loyal": f"select profile_id from {SCORES.replace('{name}', 'personas')} where persona like 'loyal,%'",
    "at_risk_regulars": f"""
        select profile_id from marts.rfm left join {SCORES.replace("{name}", "churn")} as churn using (profile_id)
        where orders_count >= 3 and (score >= {{churn_risk}} or (score is null and segment in ('at_risk', 'cannot_lose')))""",
}


def policy() -> dict[str, float]:
    """The figures of the policy that these audiences go by."""
    import yaml

    said = yaml.safe_load((Path(__file__).resolve().parents[1] / "dbt_project" / "dbt_project.yml").read_text())["vars"]
    return {name: said[name] for name in ("high_propensity", "churn_risk")}


def by_hand(folder: Path, threads: int = 2) -> tuple[float, float]:
    """Seconds for all twenty, and of processor time. Raises AssertionError where one differs from its audience."""
    queries = {name: query.format(folder=folder, **policy()) for name, query in BY_HAND.items()}
    with duckdb.connect(str(folder / "warehouse.duckdb"), config={"threads": threads, "preserve_insertion_order": False}) as connection:
        connection.execute("drop schema if exists by_hand cascade; create schema by_hand")
        started, began = time.perf_counter(), time.process_time()
        for name, query in queries.items():
            connection.execute(f"create table by_hand.{name} as {query}")
        took = time.perf_counter() - started, time.process_time() - began
        for name in queries:
            one, other = (
                connection.execute(f"select count(*), sum(hash(profile_id)::hugeint) from {schema}.{name}").fetchone()
                for schema in ("by_hand", "audiences")
            )
            assert one == other, f"{name}: {one} by hand, {other} in the audience"
    return took


if __name__ == "__main__":
    print(*by_hand(Path(sys.argv[1])))
