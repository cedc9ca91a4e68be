"""The shell: the only code that knows Dagster, the environment, files and the clock.

`sources` says what to fetch, `landing` writes it as Parquet; neither knows Dagster.
"""

import gc

# Python looks for what holds itself after each 700 new objects, through all there are again and again. Imports, dbt's project and Dagster's
# definitions make millions that all stay: a seventh of a run's time went into looking at them.
gc.set_threshold(20_000, 10, 10)
