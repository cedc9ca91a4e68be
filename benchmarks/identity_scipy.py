"""The same links through scipy, to compare the contraction in SQL with."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def components_by_scipy(warehouse: Path, sql_seconds: float) -> tuple[float, float]:
    """Prints what scipy needs for the warehouse's accepted links, from keys to a table of keys, and how the stage compares.
    Returns its seconds, and those of processor time."""
    with duckdb.connect(str(warehouse), config={"memory_limit": "4GB", "threads": 2}) as connection:
        started, began = time.monotonic(), time.process_time()
        # the two are handed over as scipy needs them: nodes numbered from 0
        connection.execute("""
            create temp table nodes as
            select node_key, row_number() over () - 1 as node from (
                select left_key as node_key from identity.int_links_accepted
                union select right_key from identity.int_links_accepted)""")
        edges = connection.execute("""
            select a.node::int as a, b.node::int as b from identity.int_links_accepted
            inner join nodes as a on left_key = a.node_key inner join nodes as b on right_key = b.node_key""").df()
        (count,) = connection.execute("select count(*) from nodes").fetchall()[0]
        numbered = time.monotonic()
        matrix = coo_array((np.ones(len(edges["a"]), np.int8), (edges["a"], edges["b"])), shape=(count, count))
        found, labels = connected_components(matrix.tocsr(), directed=False)
        solved = time.monotonic()
        labelled = pd.DataFrame({"node": np.arange(count), "component": labels})
        connection.register("labelled", labelled)
        connection.execute("create temp table answer as select node_key, component from nodes inner join labelled using (node)")
        written, cpu = time.monotonic(), time.process_time() - began
        (ours,) = connection.execute("""
            select count(distinct component_key) from identity.int_components_settled
            where node_key in (select node_key from nodes)""").fetchall()[0]
    assert found == ours, f"scipy finds {found:,} components, the stage {ours:,}"
    print(f"\nscipy on the same {len(edges['a']):,} links: {written - started:.1f} s from keys to keys,")
    print(f"  of which {solved - numbered:.1f} s in scipy itself; {found:,} components as in the stage,")
    print(f"  which took {sql_seconds / (written - started):.2f} times as long")
    return written - started, cpu
