"""The messages that may go out, written from the templates of messages/ (package `content`).

All templates of all triggers are checked first, also when nothing goes out: an unknown token fails the build. Of the
messages themselves one that cannot be written is kept with its reason and loses no other. Rows come and go in batches.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

TEXTS = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        ("message_id", pa.string()),
        ("subject", pa.string()),
        ("body", pa.string()),
        ("html_body", pa.string()),
        ("tokens", TEXTS),
        ("personal_data", TEXTS),
        ("warnings", TEXTS),
        ("unwritten_because", pa.string()),
    ]
)
BATCH = 2_000


def model(dbt: Any, session: Any) -> Any:
    """One row per message that may go out: the columns of SCHEMA; body is NULL where unwritten_because says why."""
    import content
    from content.batches import written_rows
    from content.checks import refuse_bad
    from content.templates import load
    from content.tokens import Campaign, variants_of
    from content.values import Shop

    dbt.config(materialized="table")
    folder = Path(content.__file__).resolve().parents[1] / dbt.config.get("messages_folder")
    shop = Shop(
        name=dbt.config.get("shop_name"),
        url=dbt.config.get("shop_url"),
        address=dbt.config.get("shop_address"),
        product_url=dbt.config.get("product_url"),
        unsubscribe_url=dbt.config.get("unsubscribe_url"),
        preferences_url=dbt.config.get("preferences_url"),
    )
    declared = dbt.ref("int_messages_declared").select("campaign, channel, purpose, columns, reads, variants").fetchall()
    campaigns = [
        Campaign(*row[:3], *(tuple((text or "").split(",")) for text in row[3:5]), variants_of(json.loads(row[5] or "{}")))
        for row in declared
    ]
    templates = load(folder)
    refuse_bad(templates, campaigns, shop.problems(is_real=dbt.config.get("is_real") in (True, "True", "true")))

    batches = dbt.ref("int_messages_tokened").to_arrow_reader(BATCH)

    def written() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield pa.RecordBatch.from_pylist(written_rows(templates, campaigns, shop, batch.to_pylist()), schema=SCHEMA)

    return pa.RecordBatchReader.from_batches(SCHEMA, written())
