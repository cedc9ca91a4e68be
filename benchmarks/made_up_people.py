"""Made-up contacts with their truth: households, twins, parents and children of one name, movers, brides, and what clerks do to
all of them, in one file (longer than most). Drawn from its own rules, not from those that the model believes in.

An e-mail address belongs to one person or one family, as with any provider. Parents and children of one name behind one door can be
told apart by a date of birth, an address or a phone of their own alone, and where a record says none of them, by nobody: that is so
in life too.
"""

from __future__ import annotations

import csv
import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


SEED = Path(__file__).parents[1] / "dbt_project" / "seeds" / "name_variants.csv"
BEGINNINGS = words("""
    Al Bar Ber Bra Cal Cor Dal Der Dun El Fal Far Gar Gol Hal Har Hol Kal Ker Lan Lin Mal Mar Mor Nor Ol Par Per Ral Ros
    Sal San Schu Stein Tal Ter Val Wal Wes Win Zim
""")
MIDDLES = words("""
    a ber de den di el en er gen i in ken la len ling man mer ne o ri sen ter ti ven
""")
ENDINGS = words("""
    bach berg by don er field ford hoff ich ko lein ley man mann mayer mond ner ovic rich sen ski son stein ston ton
    wald well wood y
""")
STREETS = words("""
    High Church Station Mill Park Garden Lake River Forest Rose Queen King Market School Castle Meadow Bridge Sunny
    Maple Cedar
""")
KINDS = [("Street", "St"), ("Road", "Rd"), ("Avenue", "Ave"), ("Lane", "Ln"), ("Drive", "Dr")]
MAIL = ("gmail.com", "outlook.com", "yahoo.com", "web.de", "icloud.com")
LOOKS_LIKE = {"o": "0", "l": "1", "e": "c", "m": "rn", "n": "m", "i": "l", "s": "5", "u": "v"}
FIELDS = ("first_name", "last_name", "birth_date", "email", "phone", "street", "postal_code", "city")


@dataclass(frozen=True)
class Clerk:
    """How often (0 to 1) a copy of a record has what flaw; `copies` are the chances of 1, 2, 3 … records of a person."""

    copies: tuple[float, ...] = (0.6, 0.25, 0.1, 0.05)
    typo: float = 0.06
    scanned: float = 0.0
    nickname: float = 0.08
    initial: float = 0.02
    swapped: float = 0.02
    day_month: float = 0.03
    wrong_year: float = 0.02
    moved: float = 0.08
    married: float = 0.02
    missing: dict[str, float] = field(
        default_factory=lambda: {
            "first_name": 0.03,
            "last_name": 0.02,
            "birth_date": 0.4,
            "email": 0.3,
            "phone": 0.4,
            "street": 0.3,
            "city": 0.2,
        }
    )
    household: tuple[float, ...] = (0.5, 0.25, 0.15, 0.1)
    twins: float = 0.02
    namesake: float = 0.01
    family_mail: float = 0.05
    family_phone: float = 0.2
    role_mail: float = 0.01


def _zipf(random_: random.Random, values: list[str], power: float = 0.8) -> Any:
    weights = list(accumulate((1 / (rank + 5) ** power) for rank in range(len(values))))
    return lambda: random_.choices(values, cum_weights=weights)[0]


class World:
    """People and their records, the same for the same seed."""

    def __init__(self, seed: int, clerk: Clerk, surnames: int = 20_000, towns: int = 400) -> None:
        self.random = random.Random(seed)
        self.clerk = clerk
        self.short: dict[str, list[str]] = {}
        with SEED.open() as lines:
            for row in csv.DictReader(lines):
                self.short.setdefault(row["variant_of"], []).append(row["name"])
        given = sorted(self.short)
        self.random.shuffle(given)
        made = {a + b + c for a in BEGINNINGS for b in MIDDLES for c in ENDINGS}
        family = sorted(made)
        self.random.shuffle(family)
        self.first = _zipf(self.random, given)
        self.last = _zipf(self.random, family[:surnames], 0.7)
        self.towns = [("".join(self.random.choices(string.digits, k=5)), self.random.choice(family)) for _ in range(towns)]
        #: A provider gives an address once: a namesake who comes later adds a number.
        self.taken: set[str] = set()

    def _address(self) -> dict[str, str]:
        code, city = self.random.choice(self.towns)
        street = f"{self.random.randint(1, 150)} {self.random.choice(STREETS)}{self.random.choice(['', self.random.choice(MIDDLES)])}"
        return {"street": f"{street} {self.random.choice(KINDS)[0]}", "postal_code": code, "city": city}

    def _phone(self) -> str:
        return "+49" + "".join(self.random.choices("123456789", k=1) + self.random.choices(string.digits, k=9))

    def _mail(self, first: str, last: str) -> str:
        plain = [
            f"{first}.{last}",
            f"{first[0]}{last}",
            f"{first}{self.random.randint(1, 99)}",
            f"{last}.{first[0]}{self.random.randint(60, 99)}",
        ]
        mailbox, host = self.random.choice(plain).lower(), self.random.choice(MAIL)
        address = f"{mailbox}@{host}"
        while address in self.taken:
            address = f"{mailbox}{self.random.randint(1, 9999)}@{host}"
        self.taken.add(address)
        return address

    def household(self) -> Iterator[dict[str, Any]]:
        """The people behind one door."""
        r, clerk = self.random, self.clerk
        last, home, phone = self.last(), self._address(), self._phone()
        mail = self._mail("family", last)
        size = r.choices(range(1, len(clerk.household) + 1), clerk.household)[0]
        born = date(1940, 1, 1) + timedelta(days=r.randrange(20_000))
        people: list[dict[str, Any]] = []
        for place in range(size):
            first = self.first()
            day = born + timedelta(days=r.randrange(-2000, 2000) if place < 2 else r.randrange(8000, 14_000))
            if place >= 2 and r.random() < clerk.twins:
                day = people[-1]["birth_date"]
            if place >= 2 and r.random() < clerk.namesake:
                first = people[0]["first_name"]
            others = {"email": mail if r.random() < clerk.family_mail else self._mail(first, last)}
            others["phone"] = phone if r.random() < clerk.family_phone else self._phone()
            people.append({"first_name": first.title(), "last_name": last, "birth_date": day, **others, **home})
        yield from people

    def record(self, person: dict[str, Any]) -> dict[str, Any]:
        """One record of a person, as somebody typed it."""
        r, clerk, row = self.random, self.clerk, dict(person)
        if r.random() < clerk.moved:
            row |= self._address()
        if r.random() < clerk.married:
            row["last_name"] = self.last()
        if r.random() < clerk.nickname:
            row["first_name"] = r.choice(self.short.get(row["first_name"].lower(), [row["first_name"]])).title()
        if r.random() < clerk.initial:
            row["first_name"] = row["first_name"][0]
        if r.random() < clerk.role_mail:
            row["email"] = "info@" + row["email"].split("@")[1]
        row["birth_date"] = self._day(row["birth_date"])
        if r.random() < 0.5:
            for long, short in KINDS:
                row["street"] = row["street"].replace(long, short)
        for name in ("first_name", "last_name", "email", "street", "city"):
            if r.random() < clerk.typo and len(row[name]) > 2:
                row[name] = self._typo(row[name])
            if r.random() < clerk.scanned:
                row[name] = self._scanned(row[name])
        if r.random() < clerk.swapped:
            row["first_name"], row["last_name"] = row["last_name"], row["first_name"]
        for name, chance in clerk.missing.items():
            if r.random() < chance:
                row[name] = None
        return row

    def _day(self, day: date) -> date:
        if self.random.random() < self.clerk.day_month and day.day <= 12:
            return day.replace(month=day.day, day=day.month)
        if self.random.random() < self.clerk.wrong_year:
            return day.replace(year=day.year + self.random.choice([-10, -1, 1, 10]), day=min(day.day, 28))
        return day

    def _typo(self, text: str) -> str:
        place, letter = self.random.randrange(1, len(text)), self.random.choice(string.ascii_lowercase)
        kind = self.random.randrange(4)
        if kind == 0:
            return text[:place] + text[place + 1 :]
        if kind == 1:
            return text[:place] + letter + text[place:]
        if kind == 2:
            return text[:place] + letter + text[place + 1 :]
        return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]

    def _scanned(self, text: str) -> str:
        return "".join(LOOKS_LIKE.get(sign, sign) if self.random.random() < 0.2 else sign for sign in text)


def made_up(records: int, seed: int = 1, clerk: Clerk | None = None, **world: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """(person, record) for so many records, in random order of households but not of records."""
    made, person = World(seed, clerk or Clerk(), **world), 0
    written = 0
    while True:
        for someone in made.household():
            person += 1
            for _ in range(made.random.choices(range(1, len(made.clerk.copies) + 1), made.clerk.copies)[0]):
                yield person, made.record(someone)
                written += 1
                if written == records:
                    return
