"""How two records are compared: for each field the ways to agree, best first, and what is believed of them at the start.

`people_pct` is the share of true pairs (of those where both say something) that agree in this way in ordinary customer
files: it is where training begins, and what stands where there is too little to learn from. `most_pct` bounds what training
may believe of a disagreement, so that a file of families is not learned as a file of duplicates.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Column of `people` pairs as Splink writes them: x_l and x_r.
ONE_EDIT = "case when left({0}_l, 3) <> left({0}_r, 3) then false else damerau_levenshtein({0}_l, {0}_r) <= 1 end"


@dataclass(frozen=True)
class Level:
    """One way to agree. `frequency_of` names the column whose rare values say more than common ones."""

    label: str
    sql: str
    people_pct: float
    frequency_of: str | None = None


@dataclass(frozen=True)
class Field:
    """A comparison: `reads` are the columns without which it is left out; `missing` is when a pair says nothing about it."""

    name: str
    reads: tuple[str, ...]
    missing: str
    levels: tuple[Level, ...]
    most_pct: float


def either_null(*columns: str) -> str:
    return " or ".join(f"{column}_{side} is null" for column in columns for side in "lr")


def edits(column: str, longest: str) -> str:
    """At most so many slips of the pen; names too unlike to be that close are not measured, for measuring is dear."""
    return (
        f"case when jaro_winkler_similarity({column}_l, {column}_r) < 0.6 then false"
        f" else damerau_levenshtein({column}_l, {column}_r) <= {longest.format(f'least(length({column}_l), length({column}_r))')} end"
    )


SWAPPED = (
    "(case when first_name_l = last_name_l or first_name_r = last_name_r or first_name_l = first_name_r then false"
    " when jaro_winkler_similarity(first_name_l, last_name_r) < 0.92 then false"
    " else jaro_winkler_similarity(last_name_l, first_name_r) >= 0.92 end)"
)
#: Maria and Maria Luis may be one person, Jean Pierre and Jean Claude are not.
SECOND_NAMES_AGREE = "coalesce(second_initial_l = second_initial_r, true)"
VARIANT = f"(list_has_any(first_roots_l, first_roots_r) and {SECOND_NAMES_AGREE})"
INITIAL = "(least(length(first_name_l), length(first_name_r)) = 1 and list_has_any(first_initials_l, first_initials_r))"
SOUNDS = "({0}_sound_l = {0}_sound_r and length({0}_sound_l) >= 3)"
#: A slip of the pen; two names that both are names are not one, however close they stand (Mark and Mary).
SLIP_POSSIBLE = f"(not (first_known_l and first_known_r) and {SECOND_NAMES_AGREE})"
FIRST_SIMILAR = f"({SOUNDS.format('first')} or case when {SLIP_POSSIBLE} then {edits('first_name', 'greatest(1, {0} // 4)')} else false end)"
NEITHER_KNOWN = "(not first_known_l and not first_known_r)"
FIRST_FAINT = (
    f"(case when not {SLIP_POSSIBLE} then false when {NEITHER_KNOWN} then {edits('first_name', '({0} + 1) // 2')}"
    f" else {edits('first_name', 'greatest(least(2, {0} - 2), {0} * 2 // 5)')} end)"
)
LAST_SIMILAR = f"({SOUNDS.format('last')} or {edits('last_name', 'greatest(1, {0} // 4)')})"
OTHER_SCRIPT = "({0}_latin_l <> {0}_latin_r and jaro_winkler_similarity({0}_name_l, {0}_name_r) < 0.85)"

FIRST_NAME = Field(
    "first_name",
    ("first_name",),
    f"{either_null('first_name')} or {OTHER_SCRIPT.format('first')}",
    (
        Level("names swapped", f"last_name_l is not null and last_name_r is not null and {SWAPPED}", 2),
        Level("same first name", "first_name_l = first_name_r", 70, "first_name"),
        Level("first name a short form", VARIANT, 8),
        Level("same initial", INITIAL, 2),
        Level("first name spelled alike", FIRST_SIMILAR, 11),
        Level("first name faintly alike", FIRST_FAINT, 3),
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
        Level("last name spelled alike", LAST_SIMILAR, 12),
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
    either_null("email"),
    (
        Level("same e-mail", "email_l = email_r", 60, "email"),
        Level(
            "e-mail with a slip",
            "case when jaro_winkler_similarity(email_l, email_r) < 0.85 then false else damerau_levenshtein(email_l, email_r) <= 3 end",
            8,
        ),
        Level("same mailbox elsewhere", "mailbox_l = mailbox_r and length(mailbox_l) >= 5", 8, "mailbox"),
        Level("different e-mails", "ELSE", 24),
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
        Level("phone with one slip", ONE_EDIT.format("phone"), 5),
        Level("different phones", "ELSE", 28),
    ),
    60,
)
SAME_PLACE = "coalesce(postal_code_l = postal_code_r, false) or coalesce(city_l = city_r, false)"
OTHER_PLACE = "(coalesce(postal_code_l <> postal_code_r, false) and coalesce(city_l <> city_r, false))"
ADDRESS = Field(
    "address",
    ("street", "postal_code", "city"),
    "(street_l is null or street_r is null) and (postal_code_l is null or postal_code_r is null) and (city_l is null or city_r is null)",
    (
        Level("same street", f"street_l = street_r and not {OTHER_PLACE}", 50, "street"),
        Level(
            "street written otherwise",
            "house_number_l = house_number_r and (jaro_winkler_similarity(street_l, street_r) >= 0.9 and not " + OTHER_PLACE + " or"
            " len(list_intersect(address_words_l, address_words_r)) >= greatest(3, 0.7 * least(len(address_words_l), len(address_words_r))))",
            12,
        ),
        Level("same postal code", "postal_code_l = postal_code_r", 8, "postal_code"),
        Level("same town", "city_l = city_r", 12, "city"),
        Level(
            "town spelled alike",
            f"jaro_winkler_similarity(city_l, city_r) >= 0.9 or {edits('city', 'greatest(1, {0} // 4)')}",
            5,
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
OTHER_FIRST_NAME = "different first names in one family"
#: What no probability overcomes: another generation, another first name in one family, born in other decades, a company.
CONTRADICTED = (
    ("different generations (junior, senior)", "generation_l <> generation_r"),
    (
        OTHER_FIRST_NAME,
        f"case when first_name_l = first_name_r or {OTHER_SCRIPT.format('first')} then false"
        f" when not coalesce(last_name_l = last_name_r, false) and not coalesce({LAST_SIMILAR}, false) then false"
        f" when {INITIAL} or {VARIANT} then false when coalesce({SWAPPED}, false) then false"
        f" else not {FIRST_SIMILAR} and not {FIRST_FAINT} end",
    ),
    (
        "born more than ten years apart",
        "case when abs(birth_date_l - birth_date_r) <= 3652 then false else hamming(born_l, born_r) > 2 end",
    ),
    ("a person and a company", "is_company_l <> is_company_r"),
)
#: For each of them (but the last) SQL over `people`: whether a record says of itself what the two contradict each other in. A
#: first name says so by itself, unless it agrees only as an initial or a short form, which may stand for either.
SAYS = ("generation is not null", "first_name is not null", "birth_date is not null", "true")
MAY_STAND_FOR_EITHER = ("first name a short form", "same initial")
CONTRADICTED_SQL = " or ".join(f"coalesce({sql}, false)" for _, sql in CONTRADICTED)
FIELDS = (FIRST_NAME, LAST_NAME, BIRTH_DATE, EMAIL, PHONE, ADDRESS, COMPANY)
