"""The tables of what each customer would like: how they lie in the landing zone, and how rows get there without all of them in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.assets.score_tables import file_of, forget
from orchestration.resources import Folders
from orchestration.sources.table import Column, Table

_MADE = "model VARCHAR, model_version VARCHAR, trained_from TIMESTAMP, trained_to TIMESTAMP, data_version VARCHAR, reason VARCHAR"
_COLUMNS = {
    "next_order_date": "expected_on DATE, earliest_on DATE, latest_on DATE",
    "send_hour": "send_hour BIGINT, share DOUBLE, evidence_count BIGINT",
    "personas": "persona_id BIGINT, persona VARCHAR, taste VARCHAR",
    "recommendations": "shelf VARCHAR, place BIGINT, product_id VARCHAR, weight DOUBLE",
}
#: So many customers are gathered at once.
SLICE = 200_000
#: So many frames are worked on at once; the arithmetic of one goes on while another's rows are put together.
WORKERS = 2
DESCRIPTIONS = {
    "next_order_date": "When each customer orders next, with an 80 % interval, given that they do within a year.",
    "send_hour": "At which hour of their own day each customer is most likely to do something, outside the quiet hours.",
    "personas": "What kind of customer each one is; kinds keep their numbers and names from run to run.",
    "recommendations": "For each customer the products that they buy again and those that are new for them, the best first.",
}
_ARROW = {"VARCHAR": pa.string(), "TIMESTAMP": pa.timestamp("us"), "DATE": pa.date32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}


def taste_table(name: str) -> Table:
    """How the estimates of a model lie in the landing zone."""
    definition = f"profile_id VARCHAR, as_of TIMESTAMP, {_COLUMNS[name]}, {_MADE}"
    return Table(
        "scores",
        name,
        key=("profile_id", "as_of", "shelf", "place") if name == "recommendations" else ("profile_id", "as_of"),
        event_time="as_of",
        watermark=None,
        stamped=False,
        definition=definition,
        columns=tuple(Column(column.split()[0]) for column in definition.split(", ")),
    )


TASTE = {name: taste_table(name) for name in _COLUMNS}


def land_batches(name: str, batches: Iterable[pd.DataFrame], folders: Folders, as_of: datetime) -> int:
    """Hands the estimates of one instant over, batch by batch; the same instant again replaces them. Returns how many rows there are."""
    landing, table, rows = folders.landing, TASTE[name], 0
    schema = pa.schema([(column.split()[0], _ARROW[column.split()[1]]) for column in table.definition.split(", ")])
    landing.declare(table)
    with landing.writing(table, file_of(as_of)) as unfinished, pq.ParquetWriter(unfinished, schema) as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_pandas(batch[schema.names], schema=schema, preserve_index=False))
            rows += len(batch)
    forget(table, landing, as_of)
    return rows


def slices(connection: duckdb.DuckDBPyConnection, customers: str, query: str, rows: int) -> Iterator[pd.DataFrame]:
    """The answers to a query, so many rows at a time, for a slice of the customers after the other: what is sorted or gathered for each
    person fits into memory however many there are. `query` has `{here}` where a condition on profile_id stands."""
    (people,) = connection.sql(f"select count(*) from ({customers})").fetchall()[0]
    parts = max(1, -(-people // SLICE))
    for part in range(parts):
        yield from frames(connection, query.replace("{here}", f"hash(profile_id) % {parts} = {part}"), rows)


def frames(connection: duckdb.DuckDBPyConnection, query: str, rows: int) -> Iterator[pd.DataFrame]:
    """The answer to a query, so many rows at a time."""
    reader: pa.RecordBatchReader = connection.sql(query).to_arrow_reader(rows)
    for batch in reader:
        yield batch.to_pandas()


def whole_people(batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """The same rows, sorted by profile_id as they come, cut so that nobody's rows are in two frames."""
    kept: list[pd.DataFrame] = []
    for batch in batches:
        if batch.empty:
            continue
        first, last = batch["profile_id"].iloc[0], batch["profile_id"].iloc[-1]
        if first == last and (not kept or kept[-1]["profile_id"].iloc[-1] == first):
            kept.append(batch)
            continue
        ends = int((batch["profile_id"] == last).to_numpy().argmax())
        yield pd.concat([*kept, batch.iloc[:ends]], ignore_index=True)
        kept = [batch.iloc[ends:]]
    if kept:
        yield pd.concat(kept, ignore_index=True)


def side_by_side(work: Callable[[pd.DataFrame], pd.DataFrame], batches: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """What `work` makes of each frame, in their order; as many frames are in memory as are worked on, and one more."""
    coming: deque[Future[pd.DataFrame]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for batch in batches:
                coming.append(pool.submit(work, batch))
                if len(coming) > WORKERS:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()
        finally:
            for waiting in coming:
                waiting.cancel()


def few_people(batches: Iterable[pd.DataFrame], most: int) -> Iterator[pd.DataFrame]:
    """The same rows, sorted by profile_id as they come, in frames of at most so many people."""
    for batch in batches:
        people = pd.factorize(batch["profile_id"])[0]
        for _, part in batch.groupby(people // most):
            yield part.reset_index(drop=True)
