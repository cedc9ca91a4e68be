"""How people name themselves to the customer service: by their account, by an address, or by the telephone that they call from."""

import numpy as np

from demo.shop.addresses import EMAIL_FORMS, PHONE_FORMS, Addresses, write_email, write_phone
from demo.shop.databases import Row
from demo.shop.draws import pick
from demo.shop.people import People
from demo.shop.places import COUNTRIES


class Voices:
    """The people of a chunk, as forms and calls tell of them."""

    def __init__(self, people: People, addresses: Addresses) -> None:
        self._people, self._addresses = people, addresses
        self._country = people.country

    def person(self, person: int, key: int, logged_in: bool, phones: bool = False) -> Row:
        """The columns that say who it was; one who phones is known by the number alone."""
        named = logged_in and not phones and bool(self._people.has_account[person])
        form = int(pick(np.array([key]), "service e-mail", EMAIL_FORMS)[0])
        return {
            "customer_id": f"C{self._people.number[person]:08d}" if named else None,
            "email": None if phones else write_email(self._addresses.email[person], form),
            "country_code": COUNTRIES[int(self._country[person])].code,
        }

    def phone(self, person: int, key: int) -> str | None:
        """The number that somebody calls from, as the form has it; None without a telephone."""
        phone = self._addresses.phone[person]
        form = int(pick(np.array([key]), "service phone", PHONE_FORMS)[0])
        return None if phone is None else write_phone(phone, COUNTRIES[int(self._country[person])], form)
