"""The CRM as it stands at a moment: contacts, their doubles with other spellings, and consents given and withdrawn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from demo.shop.addresses import EMAIL_FORMS, PHONE_FORMS, Addresses, write_email, write_phone
from demo.shop.clock import DAY, HOUR, NEVER
from demo.shop.databases import Row, Rows
from demo.shop.draws import Bools, Ints, Texts, noise, pick, spread
from demo.shop.names import misspell
from demo.shop.people import CONTACT_ONLY, VISITOR, People
from demo.shop.places import CITIES, COUNTRIES
from demo.shop.shop_rows import times

_DOUBLE_EMAILS = [0.30, 0.20, 0.12, 0.10, 0.28]
_DOUBLE_PHONES = [0.1, 0.3, 0.2, 0.2, 0.1, 0.08, 0.02]
_CHANNELS = (None, "email", "sms")
_NO_EMAIL = 0.03
_READS = 0.74  # agree to marketing by e-mail


@dataclass(frozen=True)
class Contacts:
    """One row per contact, doubles included; `person` indexes the people of the chunk."""

    number: Ints
    person: Ints
    double: Bools
    created: Ints
    edited: Ints


def plan_contacts(people: People) -> Contacts:
    """Who is in the CRM: nine in ten of those with an account, newsletter readers, some twice."""
    keeps = (people.has_account & (noise(people.number, "in crm") < 0.9)) | (people.kind == CONTACT_ONLY)
    doubled = keeps & (noise(people.number, "double") < 0.07)
    person = np.concatenate([np.flatnonzero(keeps), np.flatnonzero(doubled)]).astype(np.int64)
    double = np.arange(len(person)) >= keeps.sum()
    number = people.number[person] * 2 + double
    created = people.joined[person] + spread(number, "contact made", 60_000_000, 6 * HOUR)
    created += np.where(double, spread(number, "double made", 2 * DAY, 250 * DAY), 0)
    edited = created + spread(number, "contact edited", 3 * DAY, 500 * DAY)
    assert VISITOR not in people.kind[person]
    return Contacts(number, person, double, created, np.where(noise(number, "edits") < 0.25, edited, NEVER))


def crm_rows(people: People, addresses: Addresses, contacts: Contacts, since: int, now: int) -> Rows:
    """Contacts and consents that are there at `now` and changed after `since` (microseconds)."""
    updated = np.where(contacts.edited <= now, contacts.edited, contacts.created)
    which = np.flatnonzero((contacts.created <= now) & (updated > since)).tolist()
    forms = _forms(contacts, now)
    linked = people.has_account[contacts.person] & (noise(contacts.number, "linked") < np.where(contacts.double, 0.1, 0.6))
    created_at, updated_at = times(contacts.created), times(updated)
    born = spread(people.number, "born", 365 * 20, 365 * 68).tolist()
    knows_birth = noise(people.number, "knows birth") < 0.5
    rows: list[Row] = []
    for i in which:
        person = int(contacts.person[i])
        country, city = CITIES[int(people.city[person])]
        phone, last = addresses.phone[person], addresses.last_name[person]
        if contacts.double[i]:
            last = misspell(last, int(forms["slip"][i]))
        rows.append(
            {
                "contact_id": f"K{contacts.number[i]:08d}",
                "shop_customer_id": f"C{people.number[person]:08d}" if linked[i] else None,
                "email": None if forms["no_email"][i] else write_email(addresses.email[person], int(forms["email"][i])),
                "phone": None if phone is None else write_phone(phone, COUNTRIES[country], int(forms["phone"][i])),
                "first_name": addresses.first_name[person],
                "last_name": last,
                "birth_date": date(2026, 1, 1) - timedelta(days=born[person]) if knows_birth[person] else None,
                "city": city.name,
                "country_code": COUNTRIES[country].code,
                "company_name": addresses.employer[person],
                "time_zone": city.time_zone,
                "preferred_channel": _CHANNELS[forms["channel"][i]],
                "created_at": created_at[i],
                "updated_at": updated_at[i],
            }
        )
    return {"contacts": rows, "consents": list(_consents(people, addresses, contacts, since, now))}


def _forms(contacts: Contacts, now: int) -> dict[str, Texts]:
    version = contacts.number * 2 + (contacts.edited <= now)  # an edit writes the telephone anew
    email = np.where(contacts.double, pick(contacts.number, "double e-mail", _DOUBLE_EMAILS), pick(contacts.number, "e-mail", EMAIL_FORMS))
    phone = np.where(contacts.double, pick(version, "double phone", _DOUBLE_PHONES), pick(version, "phone", PHONE_FORMS))
    return {
        "email": email,
        "phone": phone,
        "slip": spread(contacts.number, "slip", 0, 5),
        "no_email": noise(contacts.number, "no e-mail") < _NO_EMAIL,
        "channel": pick(contacts.number, "channel", [0.6, 0.3, 0.1]),
    }


def _consents(people: People, addresses: Addresses, contacts: Contacts, since: int, now: int) -> Iterator[Row]:
    """Up to three entries per contact, channel and purpose: given, withdrawn, given again; or refused at once."""
    has_phone = np.array([phone is not None for phone in addresses.phone])[contacts.person]
    bought = people.has_account[contacts.person]
    for place, (channel, purpose, allowed, chance) in enumerate(
        (
            ("email", "marketing", np.full(len(has_phone), True), _READS),
            ("sms", "marketing", has_phone, 0.47),
            ("email", "transactional", bought, 0.99),
            ("sms", "transactional", bought & has_phone, 0.6),
        )
    ):
        key = contacts.number * 4 + place
        gives = allowed & (noise(key, "gives") < chance)
        refuses = allowed & ~gives & (noise(key, "refuses") < 0.5)
        second, third = _wavers(contacts, key, gives, 0.12 if purpose == "marketing" else 0.01)
        for turn, at in enumerate((np.where(gives | refuses, contacts.created, NEVER), second, third)):
            recorded = times(at)
            for i in np.flatnonzero((at <= now) & (at > since)).tolist():
                yield {
                    "consent_id": f"G{key[i]:09d}-{turn}",
                    "contact_id": f"K{contacts.number[i]:08d}",
                    "channel": channel,
                    "purpose": purpose,
                    "status": "withdrawn" if turn == 1 or refuses[i] else "granted",
                    "recorded_at": recorded[i],
                    "updated_at": recorded[i],
                }


def _wavers(contacts: Contacts, key: Ints, gives: Bools, share: float) -> tuple[Ints, Ints]:
    """When a consent is withdrawn and when it is given again, or NEVER."""
    fickle = gives & (noise(key, "fickle") < share)
    second = np.where(fickle, contacts.created + spread(key, "withdrawn", 5 * DAY, 500 * DAY), NEVER)
    back = fickle & (noise(key, "back") < 0.25)
    return second, np.where(back, second + spread(key, "again", 15 * DAY, 100 * DAY), NEVER)


def subscriptions(contacts: Contacts) -> tuple[Ints, Ints, Ints, Ints]:
    """Who agreed to e-mail, doubles left out: the persons, since when, until when, and from when on again (NEVER where not)."""
    key = contacts.number * 4
    gives = (noise(key, "gives") < _READS) & ~contacts.double & (noise(contacts.number, "no e-mail") >= _NO_EMAIL)
    until, again = _wavers(contacts, key, gives, 0.12)
    return contacts.person[gives], contacts.created[gives], until[gives], again[gives]
