"""Rows as no one would wish them: any text in any place, and columns named like what providers understand as consent."""

from datetime import UTC, date
from typing import Any

from hypothesis import strategies as st

#: What providers read as consent, or as the lifting of a suppression, where it stands beside an address.
NOTHING_ABOUT_CONSENT = {
    "status", "status_if_new", "subscribed", "subscription", "subscriptions", "consent", "unsubscribed", "unsubscribe", "opted_in",
    "emailBlacklisted", "smsBlacklisted", "email_blacklisted", "marketing_permissions", "suppressed", "update_existing", "resubscribe",
    "ip_opt", "timestamp_opt", "email_type", "list_ids", "listIds", "bypass_list_management", "hs_email_optout", "sms_channel",
}  # fmt: skip
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["subscribed", "true", "x" * 5_000, "Ä" * 300, "\x00", "a\r\nBcc: b@example.com", '";DROP', "🙂"]),
    st.dates(date(1, 1, 1)),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.lists(st.text(max_size=5), max_size=3),
)
_TEXTS = st.one_of(
    st.none(), st.text(max_size=60), st.sampled_from(["", " ", "x" * 100_000, "Hi\r\nBcc: b@example.com", "\x00\x07", "\u2028"])
)
_ADDRESSES = st.one_of(
    st.sampled_from(
        ["ann@example.com", "Ännä@exämple.de", "a@b@c", "@", "", "x" * 400 + "@example.com", "a b@example.com", "a\n@example.com"]
    ),
    st.emails(),
    st.text(max_size=30),
    st.none(),
)


def any_person() -> st.SearchStrategy[dict[str, Any]]:
    """A row of an audience: known columns, and properties of which some are named like consent."""
    names = st.one_of(st.sampled_from(sorted(NOTHING_ABOUT_CONSENT)), st.text(max_size=15))
    known = st.fixed_dictionaries(
        {"profile_id": st.text(min_size=1, max_size=20), "email": _ADDRESSES, "phone": st.sampled_from([None, "+491701234567", "no"])}
        | dict.fromkeys(("first_name", "last_name"), _TEXTS)
    )
    return st.builds(lambda more, row: more | row, st.dictionaries(names, _VALUES, max_size=6), known)


def any_message() -> st.SearchStrategy[dict[str, Any]]:
    """What is peculiar about a message."""
    texts = {"subject": _TEXTS, "html_body": _TEXTS, "first_name": _TEXTS}
    moment = st.datetimes(timezones=st.just(UTC))
    purposes = st.sampled_from(["marketing", "service", "subscribed"])
    more = {"address": _ADDRESSES.map(str), "body": _TEXTS.map(lambda text: text or ""), "purpose": purposes, "occurred_at": moment}
    return st.fixed_dictionaries(texts | more)
