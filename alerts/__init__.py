"""What is unlike its own history, since when, and why: judging, incidents and words on numbers and small frames.

Knows no Dagster, dbt, DuckDB, environment or clock: measures and evidence come in, incidents go out.
"""
