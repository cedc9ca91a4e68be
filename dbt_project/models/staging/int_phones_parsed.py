"""Telephone numbers in E.164, by the country of the record that gave them.

A number is parsed once in its life: only pairs of number and country that are not in the table yet are read. Runs where
the engine's adapter runs Python; DuckDB hands rows over as a relation, Spark as a data frame.
"""

from typing import Any

import pandas as pd
import phonenumbers
import pyarrow as pa


def e164(phone_raw: str, country_code: str) -> str | None:
    """The number as +<country><subscriber>, or None when no network could reach it."""
    text = phone_raw.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, country_code or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def model(dbt: Any, session: Any) -> Any:
    """One row per number as written and country: phone_raw, country_code ('' when unknown), phone (E.164 or NULL)."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key=["phone_raw", "country_code"],
    )
    listed = dbt.ref("int_phones_listed")
    if dbt.is_incremental:
        keys = ["phone_raw", "country_code"]
        known = session.sql(f"select phone_raw, country_code from {dbt.this}")
        listed = listed.select(*keys).subtract(known) if hasattr(listed, "subtract") else listed.except_(known)
    frame: pd.DataFrame = listed.toPandas() if hasattr(listed, "toPandas") else listed.df()
    frame["phone"] = pd.array(
        [e164(phone, country) for phone, country in zip(frame["phone_raw"], frame["country_code"], strict=True)],
        dtype="string",
    )
    # typed by hand: of a frame without rows no engine can tell the types
    text_columns = pa.schema([(name, pa.string()) for name in ("phone_raw", "country_code", "phone")])
    table = pa.Table.from_pandas(frame, schema=text_columns, preserve_index=False)
    return session.createDataFrame(frame) if hasattr(session, "createDataFrame") else table
