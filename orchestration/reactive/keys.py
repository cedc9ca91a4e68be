"""By which columns a row is somebody's: what it is about, and how the rows of some people are found among all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: Columns with an id of a person in some system. The tables that have none of these, nor an address, are found by their order.
IDS = ("customer_id", "contact_id", "shop_customer_id", "buyer_id", "person_id", "user_id")
DEVICES = ("user_pseudo_id", "anonymous_id")
ENGAGED = ("raw.feedback_engagement", "raw.feedback_webhook_events")
#: Of what happened to a message, what forbids something; that it was opened makes nothing due.
_FORBIDS = "status in ('complained', 'unsubscribed', 'bounced')"


def keys_in(table: str, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the new rows of a table are about: kinds (id, device, email, phone as written, message, profile, and an order with the table
    of its orders), each with an expression that gives the value or NULL."""
    if table in ENGAGED:
        yield "message", f"case when {_FORBIDS} then message_id end"
        yield "email", f"case when {_FORBIDS} then lower(trim(address)) end"
        yield "number", f"case when {_FORBIDS} then trim(address) end"
        return
    if table == "raw.feedback_deliveries" or table.startswith("scores."):  # what we did ourselves, or reckoned, makes nothing due
        return
    if "address" in columns:
        yield "email", "lower(trim(address))"
        yield "number", "trim(address)"
    for column in columns:
        if column in IDS:
            yield "id", f'trim("{column}")'
        elif column in DEVICES:
            yield "device", f'trim("{column}")'
        elif column == "email":
            yield "email", "lower(trim(email))"
        elif column == "phone":
            yield "phone", "phone"
    if orders := orders_of(table, columns):
        yield orders, "order_id"


def orders_of(table: str, columns: Sequence[str]) -> str | None:
    """The raw table of the orders that the rows belong to, where only these say whose they are."""
    is_owned = any(one in columns for one in (*IDS, *DEVICES, "email", "phone", "address", "profile_id"))
    schema, _, name = table.partition(".")
    return f"raw.{name.split('_')[0]}_orders" if schema == "raw" and "order_id" in columns and not is_owned else None


def is_theirs(table: str, columns: Sequence[str]) -> str:
    """A condition on a kept table: the row may be of one of those in `concerned` (people.py). '' where it is about everybody. It may let
    too many through, never too few."""
    if "current_profile_id" in columns:
        return "current_profile_id in (select profile_id from concerned.everybody)"
    if table == "raw.feedback_deliveries":
        # of a reference that several messages have two at least are needed, to see that it stands for several
        return "profile_id in (select profile_id from concerned.names) or message_id in (select message_id from concerned.namesakes)"
    if "profile_id" in columns:
        return "profile_id in (select profile_id from concerned.names)"
    if "component_key" in columns:
        return "component_key in (select component_key from concerned.components)"
    if table in ENGAGED:
        return (
            "message_id in (select message_id from concerned.messages) or lower(trim(address)) in (select value from concerned.addresses) "
            "or trim(address) in (select value from concerned.addresses) or provider_ref in (select value from concerned.ids) "
            "or replace(replace(coalesce(provider_ref, split_part(event_id, ':', 1)), '<', ''), '>', '') "
            "in (select provider_ref from concerned.references)"
        )
    conditions = [f'trim("{one}") in (select value from concerned.ids)' for one in columns if one in IDS]
    conditions += [f'"{one}" in (select value from concerned.devices)' for one in columns if one in DEVICES]
    conditions += ["lower(trim(email)) in (select value from concerned.addresses)"] if "email" in columns else []
    conditions += ["phone in (select phone_raw from concerned.spellings)"] if "phone" in columns and table.startswith("raw.") else []
    conditions += ["lower(trim(address)) in (select value from concerned.addresses)"] if "address" in columns else []
    if orders := orders_of(table, columns):
        conditions = [f"order_id in (select order_id from warehouse.{orders})"]
    return " or ".join(conditions)
