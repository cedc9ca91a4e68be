"""A name as it is compared: Latin letters, without titles and generation, with its short forms and its sound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from text_unidecode import unidecode  # type: ignore[import-untyped]

#: The one generation that a suffix says; a plain `v` or `i` may be an initial and counts only at the end of a longer name.
GENERATIONS = {
    "jr": "junior", "junior": "junior", "jnr": "junior",
    "sr": "senior", "senior": "senior", "snr": "senior",
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "2nd": "2", "3rd": "3", "4th": "4",
}  # fmt: skip
TITLES = {
    "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam", "mme", "mlle", "herr", "frau", "med", "dipl", "ing", "phd", "md",
    "sra", "dott", "mag",
}  # fmt: skip
#: Read before letters are dropped: what one alphabet writes in two letters, another (or a hurried clerk) writes in one.
SPELLED_ALIKE = (
    ("tsch", "c"), ("sch", "s"), ("sh", "s"), ("tch", "c"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("dt", "t"),
    ("ce", "se"), ("ci", "si"), ("cy", "si"), ("ch", "k"), ("c", "k"), ("q", "k"), ("x", "ks"), ("z", "s"), ("w", "v"),
    ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ou", "u"), ("y", "i"), ("j", "i"), ("gh", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A name as written (`raw`) and as compared; `roots` are the full names that it may be short for.

    `initials` are those of all names that it may be written as; `is_latin` says that its letters are, or translate sign by
    sign (Cyrillic, Greek): of other scripts only the likeness tells something, not the difference.
    """

    raw: str
    tokens: tuple[str, ...]
    generation: str | None
    roots: tuple[str, ...]
    initials: tuple[str, ...]
    sound: str
    is_known: bool
    is_latin: bool


def letters(text: str) -> str:
    """Lower-case Latin letters, digits and single blanks; apostrophes join, other signs part."""
    latin = text if text.isascii() else unidecode(text)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['`´’]", "", latin.lower())).split())


def sound_of(word: str) -> str:
    """A key that spellings of one name share: Garski and Garsky, Thompson and Tompson, Kandace and Candace."""
    text = word.replace(" ", "")
    for written, heard in SPELLED_ALIKE:
        text = text.replace(written, heard)
    text = text[:1] + text[1:].replace("h", "")
    text = re.sub(r"(.)\1+", r"\1", text)
    return re.sub(r"i?ei?|ie?", "i", text) if len(text) > 2 else text


def read_name(raw: str, variants: Mapping[str, tuple[str, ...]], written: Mapping[str, frozenset[str]]) -> Name:
    """The name as compared; `variants` gives the full names that a name may stand for, `written` the initials of a full name."""
    tokens = [token for token in letters(raw).split() if token not in TITLES]
    generation = None
    if len(tokens) > 1 and tokens[-1] in GENERATIONS:
        generation = GENERATIONS[tokens.pop()]
    elif len(tokens) == 1 and tokens[0] in GENERATIONS and len(tokens[0]) > 1:
        generation, tokens = GENERATIONS[tokens[0]], []
    joined = "".join(tokens)
    heads = {joined, tokens[0]} if tokens else set()
    roots = heads | {root for head in heads for root in variants.get(head, ())}
    initials = {head[0] for head in heads}.union(*(written.get(root, frozenset()) for root in roots))
    known = bool(tokens) and tokens[0] in variants
    is_latin = bool(re.fullmatch(r"[\u0000-\u052f\u1e00-\u1fff\u2000-\u206f]*", raw))
    return Name(raw, tuple(tokens), generation, tuple(sorted(roots)), tuple(sorted(initials)), sound_of(joined), known, is_latin)


def initials_of(variants: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """For a full name the first letters that its forms are written with: Robert is R or B."""
    found: dict[str, set[str]] = {}
    for name, roots in variants.items():
        for root in roots:
            found.setdefault(root, set()).add(name[0])
    return {root: frozenset(letters_found) for root, letters_found in found.items()}


def variants_of(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Rows (name, variant_of) as a dictionary from a name to the full names."""
    found: dict[str, set[str]] = {}
    for name, root in pairs:
        found.setdefault(name, set()).add(root)
        found.setdefault(root, set()).add(root)
    return {name: tuple(sorted(roots)) for name, roots in found.items()}


#: A family name may begin with these; what follows is no second name.
PARTICLES = {
    "al",
    "bin",
    "ben",
    "da",
    "de",
    "del",
    "den",
    "der",
    "di",
    "du",
    "el",
    "la",
    "le",
    "mac",
    "st",
    "ten",
    "ter",
    "van",
    "von",
    "zu",
}


def split_name(raw: str) -> tuple[str | None, str | None]:
    """Given and family name of a field that may hold both; (None, None) where it holds one."""
    if "," in raw:
        family, _, given = raw.partition(",")
        return given.strip() or None, family.strip() or None
    tokens = letters(raw).split()
    words = [token for token in tokens if token not in TITLES and token not in GENERATIONS]
    if len(words) < 2 or words[0] in PARTICLES:
        return None, None
    if re.search(r"[\u3400-\u9fff\uac00-\ud7af]", raw):
        return " ".join(words[1:]), words[0]
    suffix = [token for token in tokens[1:] if token in GENERATIONS]
    return words[0], " ".join(words[1:] + suffix)
