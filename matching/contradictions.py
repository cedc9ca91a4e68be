"""What no probability overcomes, in SQL over a pair of `people`."""

from __future__ import annotations

from matching.alike import FIRST_FAINT, FIRST_SIMILAR, LAST_SIMILAR, MAYBE_INITIAL, OTHER_SCRIPT, SWAPPED, VARIANT

OTHER_FIRST_NAME = "different first names in one family"
#: What no probability overcomes: another generation, another first name in one family, born in other decades, a company.
CONTRADICTED = (
    ("different generations (junior, senior)", "generation_l <> generation_r"),
    (
        OTHER_FIRST_NAME,
        f"case when first_name_l = first_name_r or {OTHER_SCRIPT.format('first')} then false"
        f" when not coalesce(last_name_l = last_name_r, false) and not coalesce({LAST_SIMILAR}, false) then false"
        f" when {MAYBE_INITIAL} or {VARIANT} then false when coalesce({SWAPPED}, false) then false"
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
