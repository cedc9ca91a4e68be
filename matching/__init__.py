"""Who is probably the same person: records in, pairs with a probability and a decision out.

Splink compares and scores on a DuckDB connection of its own in memory, so that nothing is left in the warehouse. What the
model believes is learned from the records themselves, without labels; how it decides is written in `decisions.py`.
Plain Python: no dbt, no Dagster, no clock, no environment.
"""
