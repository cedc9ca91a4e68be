"""Names, e-mail addresses and telephone numbers: the true ones, and the forms in which people write them."""

from dataclasses import dataclass

import numpy as np

from demo.shop.draws import noise, pick, spread
from demo.shop.names import FIRST, LAST, ascii_name
from demo.shop.people import People
from demo.shop.places import COUNTRIES, Country

_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org", "web.example.net")
_DOMAIN_WEIGHTS = [0.4, 0.2, 0.15, 0.1, 0.08, 0.07]
_TRADES = ("Bau", "Logistik", "Design", "Beratung", "Technik")
_GARBAGE = ("n/a", "12345", "000000", "keine", "+49", "0")


@dataclass(frozen=True)
class Addresses:
    """One entry per person of a chunk; `email` normalised and `phone` in E.164, `employer` the company; None where the person has none."""

    first_name: list[str]
    last_name: list[str]
    email: list[str]
    phone: list[str | None]
    employer: list[str | None]


def make_addresses(people: People) -> Addresses:
    """The true addresses. Families share one, and offices give info@ or the shop's telephone for many people."""
    key = people.number
    country = [COUNTRIES[index] for index in people.country.tolist()]
    first_at, last_at = noise(key, "first name").tolist(), noise(key, "last name").tolist()
    first = [FIRST[c.code][int(at * len(FIRST[c.code]))] for c, at in zip(country, first_at, strict=True)]
    last = [LAST[c.code][int(at * len(LAST[c.code]))] for c, at in zip(country, last_at, strict=True)]
    for index in np.flatnonzero(people.partner >= 0).tolist():
        last[index] = last[int(people.partner[index])]
    domain = pick(key, "domain", _DOMAIN_WEIGHTS).tolist()
    style = spread(key, "address style", 0, 3).tolist()
    email = [f"{_local_part(first[i], last[i], number, style[i])}@{_DOMAINS[domain[i]]}" for i, number in enumerate(key.tolist())]
    has_phone = (noise(key, "has phone") < 0.85).tolist()
    phone = [_e164(c, number, people.seed) if has else None for c, number, has in zip(country, key.tolist(), has_phone, strict=True)]
    for index in np.flatnonzero(people.partner >= 0).tolist():
        other, shared = int(people.partner[index]), int(people.shares[index])
        if shared == 0:
            email[index] = email[other]
        elif shared == 1:
            phone[other] = phone[other] or _e164(country[other], int(key[other]), people.seed)
            phone[index] = phone[other]
    employer: list[str | None] = [None] * len(key)
    works = (noise(key, "works") < 0.03) & people.has_account & (people.partner < 0)
    for index in np.flatnonzero(works).tolist():  # colleagues buy with the company's address
        name = LAST["DE"][int(key[index]) // 400 % len(LAST["DE"])]
        employer[index] = f"{name} {_TRADES[int(key[index]) // 400 % len(_TRADES)]} GmbH"
        host = f"{ascii_name(name)}{int(key[index]) // 400}.example"
        email[index] = f"{_local_part(first[index], last[index], int(key[index]), 1)}@{host}"
    office = people.chunk // 3
    for index in np.flatnonzero(people.role == 1).tolist():
        email[index] = f"info@office{office}.example"
    for index in np.flatnonzero(people.role == 2).tolist():
        phone[index] = f"+4930{20_000_000 + office}"
    return Addresses(first, last, email, phone, employer)


def _local_part(first: str, last: str, number: int, style: int) -> str:
    given, family = ascii_name(first), ascii_name(last)
    if style == 0:
        return f"{given[0]}.{family}{number}"
    if style == 1:
        return f"{given}.{family}{number}"
    return f"{given}{number}"


def _e164(country: Country, number: int, seed: int) -> str:
    """A number of its own for each person: the person's number, shuffled one to one within the country's digits."""
    size = 10**country.digits
    prefix = country.mobile[(number // size + number) % len(country.mobile)]
    shuffled = (number * 7_654_321 + seed * 1_299_709) % size
    return f"+{country.calling}{prefix}{shuffled:0{country.digits}d}"


def write_phone(phone: str, country: Country, how: int) -> str:
    """A number as people write it: 0 +49…, 1 national, 2 national in groups, 3 0049…, 4 slashes, 5 spaces, 6 garbage."""
    if not phone.startswith(f"+{country.calling}"):
        return phone  # a number from elsewhere is written in full
    rest = phone[1 + len(country.calling) :]
    if how == 1:
        return f"{country.trunk}{rest}"
    if how == 2:
        return f"{country.trunk}{rest[:3]} {rest[3:6]} {rest[6:]}"
    if how == 3 and country.code != "US":
        return f"00{country.calling} {rest}"
    if how == 4:
        return f"{country.trunk}{rest[:3]}/{rest[3:6]}-{rest[6:]}"
    if how == 5:
        return f"+{country.calling} {rest[:3]} {rest[3:]}"
    if how == 6:
        return _GARBAGE[int(rest[-1]) % len(_GARBAGE)]
    return phone


PHONE_FORMS = [0.28, 0.24, 0.18, 0.12, 0.08, 0.09, 0.01]


def write_email(email: str, how: int) -> str:
    """An address as people type it: 0 plain, 1 capital letters, 2 spaces around it, 3 all capitals, 4 with a +tag."""
    local, _, domain = email.partition("@")
    if how == 1:
        return f"{'.'.join(part.capitalize() for part in local.split('.'))}@{domain.capitalize()}"
    if how == 2:
        return f" {email} "
    if how == 3:
        return email.upper()
    if how == 4:
        return f"{local}+shop@{domain}"
    return email


EMAIL_FORMS = [0.80, 0.11, 0.05, 0.04, 0.0]
