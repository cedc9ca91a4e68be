"""The shop's accounts and catalogue as they stand at a moment, and only what changed since."""

from decimal import Decimal

import numpy as np

from demo.shop.addresses import EMAIL_FORMS, PHONE_FORMS, Addresses, write_email, write_phone
from demo.shop.catalogue import CURRENCY, PRODUCTS
from demo.shop.clock import DAY, NEVER, START, moment
from demo.shop.databases import Row
from demo.shop.draws import Ints, Texts, noise, pick, spread
from demo.shop.people import People
from demo.shop.places import COUNTRIES
from demo.shop.shelf import count_number, counted_at, pieces_in_stock, price_cents


def times(at: Ints) -> Texts:
    """Naive UTC datetimes, None for what has not happened."""
    values: Texts = at.astype("datetime64[us]").astype(object)
    values[at >= NEVER] = None
    return values


def money(cents: Ints) -> list[Decimal]:
    """Amounts with two decimals."""
    return [Decimal(value).scaleb(-2) for value in cents.tolist()]


def customer_rows(people: People, addresses: Addresses, since: int, now: int) -> list[Row]:
    """Accounts opened by now; some get a new telephone form or a corrected name later."""
    edited = people.joined + spread(people.number, "account edited", 5 * DAY, 800 * DAY)
    edited = np.where(noise(people.number, "account edits") < 0.2, edited, NEVER)
    updated = np.where(edited <= now, edited, people.joined)
    which = np.flatnonzero(people.has_account & (people.joined <= now) & (updated > since))
    email_form = pick(people.number, "account e-mail", EMAIL_FORMS)
    phone_form = pick(people.number + (edited <= now), "account phone", PHONE_FORMS)
    created_at, updated_at = times(people.joined), times(updated)
    rows = []
    home = people.country
    for i in which.tolist():
        country = COUNTRIES[int(home[i])]
        phone = addresses.phone[i]
        rows.append(
            {
                "customer_id": f"C{people.number[i]:08d}",
                "email": write_email(addresses.email[i], int(email_form[i])),
                "phone": None if phone is None else write_phone(phone, country, int(phone_form[i])),
                "first_name": addresses.first_name[i],
                "last_name": addresses.last_name[i],
                "country_code": country.code,
                "created_at": created_at[i],
                "updated_at": updated_at[i],
            }
        )
    return rows


def product_rows(since: int, now: int) -> list[Row]:
    """The catalogue with the prices and the stock of each article's last count."""
    which = np.arange(len(PRODUCTS))
    counted = counted_at(which, count_number(which, now))
    price, pieces = money(price_cents(which, counted)), pieces_in_stock(which, counted).tolist()
    return [
        {
            "product_id": product.product_id,
            "name": product.name,
            "category": product.category,
            "brand": product.brand,
            "price_amount": price[index],
            "currency": CURRENCY,
            "stock_quantity": pieces[index],
            "created_at": moment(START - (30 + index) * DAY).replace(tzinfo=None),
            "updated_at": moment(int(counted[index])).replace(tzinfo=None),
        }
        for index, product in enumerate(PRODUCTS)
        if counted[index] > since
    ]
