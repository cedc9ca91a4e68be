"""Twins or one person, father and son or one person: whether a file holds families, or fields that are wrong as a whole.

Two records of one house, family name and date of birth with other first names are twins, or a first name is wrong; with one whole
name and dates of birth decades apart they are father and son, or a date is wrong. The pair itself does not tell, its file does:

- a *family* shows in pairs of one house and family name with other first names and other dates of birth. To so many belong few twins
  and namesakes (TWINS_IN_FAMILIES); and there may be some in any file (IN_ANY_FILE).
- a *wrong field* shows where no family can explain it: another family name, where first name, date of birth and house are the same.

Only where wrong fields explain nine of ten of such pairs or more do these not contradict each other; their weight is then at most what
the file shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.beliefs import Patterns
from matching.comparisons import ADDRESS, BIRTH_DATE, EMAIL, FIRST_NAME, LAST_NAME, PHONE, Field
from matching.contradictions import EITHER

#: Of pairs of one family, more than are twins (one in fifty or less) or bear one name (fewer).
TWINS_IN_FAMILIES = 0.05
IN_ANY_FILE = 1.0
#: First names are not oftener wrong than so many times family names; what there is beyond is people.
AS_OFTEN = 3.0
LEAST = 0.9
FAMILY_NAME_ALIKE = 2
#: The same, a short form, spelled alike.
SAME_FIRST_NAME = (1, 2, 4)


def forgiven_in(found: Patterns, fields: Sequence[Field]) -> dict[str, float]:
    """Of the contradictions that may be slips those that are in this file, each with how likely (0 to 1) it is one person."""
    places = {field.name: place for place, field in enumerate(fields)}

    def between(field: Field, least: int, most: int) -> NDArray[np.bool_]:
        if field.name not in places:
            return np.zeros(len(found.pairs), dtype=bool)
        levels = found.levels[:, places[field.name]]
        return np.asarray((levels >= least) & (levels <= most))

    def differ(field: Field) -> NDArray[np.bool_]:
        return between(field, len(field.levels) - 1, len(field.levels) - 1)

    def count(pairs: NDArray[np.bool_]) -> float:
        return float(found.pairs[pairs].sum())

    house = between(ADDRESS, 0, 1) | between(EMAIL, 0, 0) | between(PHONE, 0, 0)
    family = house & between(LAST_NAME, 0, FAMILY_NAME_ALIKE) & differ(FIRST_NAME) & ~between(BIRTH_DATE, 0, 1)
    same = np.logical_or.reduce([between(FIRST_NAME, level, level) for level in SAME_FIRST_NAME])
    own = differ(EMAIL) | differ(PHONE)
    wrong = count(house & ~own & same & between(BIRTH_DATE, 0, 0) & differ(LAST_NAME))
    expected = TWINS_IN_FAMILIES * count(family) + IN_ANY_FILE
    forgiven = {}
    for kind, label in enumerate(EITHER, 2):
        people = max(expected, count(house & (found.kinds == kind)) - AS_OFTEN * wrong)
        share = wrong / (wrong + people)
        if share >= LEAST:
            forgiven[label] = share
    return forgiven
