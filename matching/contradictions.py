"""What no probability overcomes, in SQL over a pair of `people`; and what one does in a file that shows no families (families.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from matching.alike import FIRST_FAINT, FIRST_SIMILAR, LAST_SIMILAR, MAYBE_INITIAL, OTHER_SCRIPT, SWAPPED, VARIANT
from matching.comparisons import ADDRESS, BIRTH_DATE, EMAIL, PHONE, Field, level_of

OTHER_FIRST_NAME = "different first names in one family"
BORN_APART = "born more than ten years apart"


def _agree(field: Field, level: int) -> str:
    """SQL: whether the two agree in the field at least so well."""
    return " or ".join(f"coalesce({each.sql}, false)" for each in field.levels[: level + 1])


def _differ(field: Field) -> str:
    return f"coalesce({level_of(field)} = {len(field.levels) - 1}, false)"


#: Neither is reached in a way of his own.
NOT_REACHED_APART = f"not ({_differ(EMAIL)} or {_differ(PHONE)})"
#: Behind one door, or reached in one way.
ONE_HOUSE = f"(({_agree(ADDRESS, 1)} or {_agree(EMAIL, 0)} or {_agree(PHONE, 0)}) and {NOT_REACHED_APART})"
#: Cheap to ask, and true wherever that is.
MAYBE_ONE_HOUSE = "(" + " or ".join(f"coalesce({name}_l = {name}_r, false)" for name in ("house_number", "street", "email", "phone")) + ")"
ONE_TOWN = f"(({_agree(ADDRESS, 3)}) and {NOT_REACHED_APART})"
LAST_ALIKE = f"(coalesce(last_name_l = last_name_r, false) or coalesce({LAST_SIMILAR}, false))"
FIRST_ALIKE = f"(coalesce(first_name_l = first_name_r, false) or coalesce({VARIANT}, false) or coalesce({FIRST_SIMILAR}, false))"
#: Twins, or one person whose first name is wrong on a record.
AS_TWINS = (
    f"(case when coalesce(birth_date_l = birth_date_r, false) then {ONE_TOWN} or {ONE_HOUSE}"
    f" when {_agree(BIRTH_DATE, 1)} then {ONE_HOUSE} else false end)"
)
#: Father and son of one name, or one person whose date of birth is wrong on a record.
AS_NAMESAKES = (
    f"(case when not {MAYBE_ONE_HOUSE} then false"
    f" when {FIRST_ALIKE} and {LAST_ALIKE} or coalesce({SWAPPED}, false) then {ONE_HOUSE} else false end)"
)
#: What may be another person, or a field that is wrong as a whole: which of both, the file must show.
EITHER = {OTHER_FIRST_NAME: AS_TWINS, BORN_APART: AS_NAMESAKES}

#: What no probability overcomes: another generation, another first name in one family, born in other decades, a company.
CONTRADICTED = (
    ("different generations (junior, senior)", "generation_l <> generation_r"),
    (
        OTHER_FIRST_NAME,
        f"case when first_name_l = first_name_r or {OTHER_SCRIPT.format('first')} then false"
        f" when not {LAST_ALIKE} then false"
        f" when {MAYBE_INITIAL} or {VARIANT} then false when coalesce({SWAPPED}, false) then false"
        f" else not {FIRST_SIMILAR} and not {FIRST_FAINT} end",
    ),
    (BORN_APART, "case when abs(birth_date_l - birth_date_r) <= 3652 then false else hamming(born_l, born_r) > 2 end"),
    ("a person and a company", "is_company_l <> is_company_r"),
)
#: For each of them (but the last) SQL over `people`: whether a record says of itself what the two contradict each other in. A
#: first name says so by itself, unless it agrees only as an initial or a short form, which may stand for either.
SAYS = ("generation is not null", "first_name is not null", "birth_date is not null", "true")
MAY_STAND_FOR_EITHER = ("first name a short form", "same initial")


def contradictions(forgiven: Collection[str] = ()) -> list[tuple[str, str]]:
    """The label and SQL of each contradiction; `forgiven` are those of EITHER that are slips in this file."""
    narrowed = "case when coalesce({0}, false) then not {1} else false end"
    return [(label, narrowed.format(sql, EITHER[label]) if label in forgiven else sql) for label, sql in CONTRADICTED]


def contradicted(against: Sequence[tuple[str, str]]) -> str:
    """SQL: whether any of these holds."""
    return " or ".join(f"coalesce({sql}, false)" for _, sql in against)


def kind_of_contradiction() -> str:
    """SQL: 0 none, 1 one that always holds, from 2 on those of EITHER in their order."""
    places = {label: place for place, label in enumerate(EITHER, 2)}
    cases = [
        f"when coalesce({sql}, false) then " + (f"case when {EITHER[label]} then {places[label]} else 1 end" if label in EITHER else "1")
        for label, sql in CONTRADICTED
    ]
    return f"case {' '.join(cases)} else 0 end"
