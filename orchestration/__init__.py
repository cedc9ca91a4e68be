"""The shell: the only code that knows Dagster, the environment, files and the clock.

`sources` says what to fetch, `landing` writes it as Parquet; neither knows Dagster.
"""
