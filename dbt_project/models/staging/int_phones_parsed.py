"""Telephone numbers in E.164, by the country of the record that gave them.

A number is parsed once in its life: only pairs of number and country that are not in the table yet are read. Runs where
the engine's adapter runs Python; DuckDB hands rows over as a relation, Spark as a data frame.

The library takes 25 microseconds for a number. Most numbers are plain ones, for which the library's own patterns give its
own answer in a tenth of that; whatever is not plain is left to it.
"""

import re
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
import phonenumbers
import pyarrow as pa
from phonenumbers import PhoneMetadata, PhoneNumberDesc

SEPARATORS = str.maketrans("", "", " -/().")
TYPES = ["fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan", "voicemail"]


class Plain(NamedTuple):
    """What plain numbers of a country look like. code: its calling code; trunk: what stands before a number within the country (`` where
    nothing does); outside: what a call abroad begins with."""

    code: str
    trunk: str
    valid: re.Pattern[str]
    prefixed: re.Pattern[str] | None
    outside: re.Pattern[str]


@cache
def plain(region: str) -> Plain | None:
    """None for a country whose numbers are rewritten, or that is not known."""
    rules = PhoneMetadata.metadata_for_region(region, None)
    if rules is None or rules.leading_digits or not rules.international_prefix:
        return None
    trunk = rules.national_prefix_for_parsing or ""
    of_types = [_pattern(rule) for name in TYPES if (rule := getattr(rules, name)) and rule.national_number_pattern]
    valid = re.compile(f"(?={_pattern(rules.general_desc)}\\Z)(?:{'|'.join(of_types)})\\Z", re.ASCII)
    prefixed = re.compile(trunk) if trunk else None
    is_literal = trunk.isdigit() and not rules.national_prefix_transform_rule
    return Plain(
        str(rules.country_code), trunk if is_literal else "", valid, prefixed if prefixed and not is_literal else None,
        re.compile(rules.international_prefix),
    )  # fmt: skip


def _pattern(rule: PhoneNumberDesc) -> str:
    # (no f-string: to dbt two braces are its own)
    lengths = "|".join("\\d{" + str(length) + "}\\Z" for length in rule.possible_length if length > 0)
    return f"(?:{f'(?={lengths})' if lengths else ''}(?:{rule.national_number_pattern}))"


@cache
def main_region(code: str) -> str | None:
    """The country that a calling code is first of all of; None where it is none's."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    return regions[0] if regions and regions[0] != "001" else None


def at_once(text: str, country_code: str) -> str | None:
    """The number, where it is plain and valid; None says nothing."""
    digits = text.translate(SEPARATORS)
    if not digits.isascii():
        return None
    if digits[:1] == "+" and text[0] == "+":
        digits = digits[1:]
        if not digits.isdigit():
            return None
        for length in (1, 2, 3):
            region = main_region(digits[:length]) if len(digits) > length else None
            if region:
                rules, number = plain(region), digits[length:]
                if rules is None or (rules.trunk and number.startswith(rules.trunk)):
                    return None
                return _whole(rules, number)
        return None
    rules = plain(country_code) if country_code and digits.isdigit() and text[0].isdigit() else None
    if rules is None or digits.startswith(rules.code) or rules.outside.match(digits):
        return None
    return _whole(rules, digits[len(rules.trunk) :] if rules.trunk and digits.startswith(rules.trunk) else digits)


def _whole(rules: Plain, number: str) -> str | None:
    if number.startswith("0") or (rules.prefixed and rules.prefixed.match(number)) or not rules.valid.match(number):
        return None
    return f"+{rules.code}{number}"


def e164(phone_raw: str, country_code: str) -> str | None:
    """The number as +<country><subscriber>, or None when no network could reach it."""
    text = phone_raw.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    return (at_once(text, country_code) if text else None) or by_library(text, country_code)


def by_library(text: str, country_code: str) -> str | None:
    """The same, by the library alone, of a text whose leading 00 is a plus."""
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
