"""How two records are compared: for each field the ways to agree, best first, and what is believed of them at the start.

All fields stand in one file, for they are weighed against each other.

`people_pct` is the share of true pairs (of those where both say something) that agree in this way in ordinary customer
files: it is where training begins, and what stands where there is too little to learn from. `most_pct` bounds what training
may believe of a disagreement, so that a file of families is not learned as a file of duplicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.alike import (
    EMAIL_OTHER_NUMBER,
    EMAIL_POSSIBLY_NEAR,
    EMAIL_SLIP,
    FIRST_FAINT,
    FIRST_POSSIBLY_SIMILAR,
    FIRST_SIMILAR,
    INITIAL,
    LAST_SIMILAR,
    MAILBOX_OF_THE_NAME,
    NEAR,
    ONE_EDIT,
    OTHER_PLACE,
    OTHER_SCRIPT,
    SWAPPED,
    VARIANT,
    edits,
    either_null,
)


@dataclass(frozen=True)
class Level:
    """One way to agree. `frequency_of` names the column whose rare values say more than common ones.

    Where `sql` is dear, `possible` is what is cheap to ask and true wherever `sql` is.
    """

    label: str
    sql: str
    people_pct: float
    frequency_of: str | None = None
    possible: str | None = None


@dataclass(frozen=True)
class Field:
    """A comparison: `reads` are the columns without which it is left out; `missing` is when a pair says nothing about it."""

    name: str
    reads: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]
    most_pct: float


FIRST_NAME = Field(
    "first_name",
    ("first_name",),
    f"{either_null('first_name')} or {OTHER_SCRIPT.format('first')}",
    (
        Level("names swapped", f"last_name_l is not null and last_name_r is not null and {SWAPPED}", 2),
        Level("same first name", "first_name_l = first_name_r", 70, "first_name"),
        Level("first name a short form", VARIANT, 8),
        Level("same initial", INITIAL, 2),
        Level("first name spelled alike", FIRST_SIMILAR, 11, possible=FIRST_POSSIBLY_SIMILAR),
        Level("first name faintly alike", FIRST_FAINT, 3, possible=FIRST_POSSIBLY_SIMILAR),
        Level("different first names", "ELSE", 4),
    ),
    12,
)
LAST_NAME = Field(
    "last_name",
    ("last_name",),
    f"{either_null('last_name')} or coalesce({SWAPPED}, false) or {OTHER_SCRIPT.format('last')}",
    (
        Level("same last name", "last_name_l = last_name_r", 76, "last_name"),
        Level("one part of the last name the same", "list_has_any(family_words_l, family_words_r)", 3),
        Level("last name spelled alike", LAST_SIMILAR, 12, possible=f"(last_sound_l = last_sound_r or {NEAR.format('last_name')})"),
        Level("last name faintly alike", "jaro_winkler_similarity(last_name_l, last_name_r) >= 0.8", 3),
        Level("different last names", "ELSE", 6),
    ),
    15,
)
BIRTH_DATE = Field(
    "birth_date",
    ("birth_date",),
    either_null("birth_date"),
    (
        Level("same date of birth", "birth_date_l = birth_date_r", 82, "birth_date"),
        Level(
            "date of birth with one slip",
            "hamming(born_l, born_r) <= 1 or year(birth_date_l) = year(birth_date_r)"
            " and month(birth_date_l) = day(birth_date_r) and day(birth_date_l) = month(birth_date_r)",
            8,
        ),
        Level(
            "date of birth nearly the same",
            "hamming(born_l, born_r) <= 2 or abs(birth_date_l - birth_date_r) <= 31"
            " or year(birth_date_l) = year(birth_date_r) and (right(born_l, 5) = '01-01' or right(born_r, 5) = '01-01')",
            4,
        ),
        Level("born within a year", "abs(birth_date_l - birth_date_r) <= 366", 2),
        Level("born within ten years", "abs(birth_date_l - birth_date_r) <= 3652", 2),
        Level("different dates of birth", "ELSE", 2),
    ),
    25,
)
EMAIL = Field(
    "email",
    ("email",),
    f"{either_null('email')} or {MAILBOX_OF_THE_NAME}",
    (
        Level("same e-mail", "email_l = email_r", 60, "email"),
        Level("e-mail with a slip", EMAIL_SLIP, 7, possible=EMAIL_POSSIBLY_NEAR),
        Level("same mailbox elsewhere", "mailbox_l = mailbox_r and length(mailbox_l) >= 5", 5, "mailbox"),
        Level("e-mail with another number", EMAIL_OTHER_NUMBER, 3, possible=EMAIL_POSSIBLY_NEAR),
        Level("different e-mails", "ELSE", 25),
    ),
    60,
)
PHONE = Field(
    "phone",
    ("phone",),
    either_null("phone"),
    (
        Level("same phone", "phone_l = phone_r", 62, "phone"),
        Level("same last digits of the phone", "right(phone_l, 7) = right(phone_r, 7) and length(phone_l) >= 7", 5),
        Level("phone with one slip", ONE_EDIT.format("phone"), 5, possible="left(phone_l, 3) = left(phone_r, 3)"),
        Level("different phones", "ELSE", 28),
    ),
    60,
)
ADDRESS = Field(
    "address",
    ("street", "postal_code", "city"),
    "(street_l is null or street_r is null) and (postal_code_l is null or postal_code_r is null) and (city_l is null or city_r is null)",
    (
        Level("same street", f"street_l = street_r and not {OTHER_PLACE}", 50, "street"),
        Level(
            "street written otherwise",
            "house_number_l = house_number_r and (jaro_winkler_similarity(street_l, street_r) >= 0.9 and not "
            + OTHER_PLACE
            + " or len(list_intersect(address_words_l, address_words_r))"
            " >= greatest(3, 0.7 * least(len(address_words_l), len(address_words_r))))",
            12,
            possible="house_number_l = house_number_r",
        ),
        Level("same postal code", "postal_code_l = postal_code_r", 8, "postal_code"),
        Level("same town", "city_l = city_r", 12, "city"),
        Level(
            "town spelled alike",
            f"jaro_winkler_similarity(city_l, city_r) >= 0.9 or {edits('city', 'greatest(1, {0} // 4)')}",
            5,
            possible=NEAR.format("city"),
        ),
        Level("different address", "ELSE", 13),
    ),
    50,
)
COMPANY = Field(
    "company_name",
    ("company_name",),
    either_null("company_name"),
    (
        Level("same company", "company_name_l = company_name_r", 55, "company_name"),
        Level(
            "company written otherwise",
            "jaro_winkler_similarity(company_name_l, company_name_r) >= 0.9"
            " or starts_with(company_name_l, company_name_r) or starts_with(company_name_r, company_name_l)",
            20,
        ),
        Level("different companies", "ELSE", 25),
    ),
    60,
)
FIELDS = (FIRST_NAME, LAST_NAME, BIRTH_DATE, EMAIL, PHONE, ADDRESS, COMPANY)


def level_of(field: Field) -> str:
    """SQL over a pair: the place of its level, 0 the best, -1 where nothing is said."""
    cases = " ".join(f"when {level.sql} then {place}" for place, level in enumerate(field.levels[:-1]))
    return f"case when {field.missing} then -1 {cases} else {len(field.levels) - 1} end"


def frequent_columns(fields: Sequence[Field]) -> list[str]:
    """The columns of which rare values say more than common ones."""
    return sorted({level.frequency_of for field in fields for level in field.levels if level.frequency_of})
