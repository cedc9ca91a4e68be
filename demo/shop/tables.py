"""The tables of the shop's, the CRM's and the customer service's databases: times in UTC without zone, money as NUMERIC(18, 4)."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, MetaData, Numeric, String, Table

SHOP = MetaData()
CRM = MetaData()
SERVICE = MetaData()


def _text(name: str, *, key: bool = False, required: bool = False) -> Column[str]:
    return Column(name, String(254), primary_key=key, nullable=not (key or required))


def _money(name: str) -> Column[float]:
    return Column(name, Numeric(18, 4, asdecimal=False))


def _time(name: str, *, index: bool = False) -> Column[object]:
    return Column(name, DateTime(), index=index)


customers = Table(
    "customers", SHOP, _text("customer_id", key=True), _text("email"), _text("phone"), _text("first_name"),
    _text("last_name"), _text("country_code"), _time("created_at"), _time("updated_at", index=True),
)  # fmt: skip
products = Table(
    "products", SHOP, _text("product_id", key=True), _text("name"), _text("category"), _text("brand"),
    _money("price_amount"), _text("currency"), Column("stock_quantity", Integer), _time("created_at"),
    _time("updated_at", index=True),
)  # fmt: skip
orders = Table(
    "orders", SHOP, _text("order_id", key=True), _text("customer_id"), _text("email"), _text("phone"), _text("status"),
    _text("currency"), _money("discount_amount"), _money("shipping_amount"), _money("tax_amount"),
    _money("total_amount"), _text("coupon_code"), _text("country_code"), _time("ordered_at"),
    _time("updated_at", index=True),
)  # fmt: skip
order_lines = Table(
    "order_lines", SHOP, _text("order_line_id", key=True), _text("order_id"), _text("product_id"),
    Column("quantity", Integer), _money("unit_price_amount"), _money("discount_amount"), _time("updated_at", index=True),
)  # fmt: skip
refunds = Table(
    "refunds", SHOP, _text("refund_id", key=True), _text("order_id"), _money("amount"), _text("reason"),
    _time("refunded_at"), _time("updated_at", index=True),
)  # fmt: skip
refund_lines = Table(
    "refund_lines", SHOP, _text("refund_line_id", key=True), _text("refund_id"), _text("order_id"), _text("order_line_id"),
    Column("quantity", Integer), _money("amount"), _time("updated_at", index=True),
)  # fmt: skip
shipments = Table(
    "shipments", SHOP, _text("shipment_id", key=True), _text("order_id"), _text("status"), _time("shipped_at"),
    _time("delivered_at"), _time("updated_at", index=True),
)  # fmt: skip
contacts = Table(
    "contacts", CRM, _text("contact_id", key=True), _text("shop_customer_id"), _text("email"), _text("phone"),
    _text("first_name"), _text("last_name"), Column("birth_date", Date), _text("city"), _text("country_code"),
    _text("company_name"), _text("time_zone"), _text("preferred_channel"), _time("created_at"), _time("updated_at", index=True),
)  # fmt: skip
consents = Table(
    "consents", CRM, _text("consent_id", key=True), _text("contact_id"), _text("channel"), _text("purpose"),
    _text("status"), _time("recorded_at"), _time("updated_at", index=True),
)  # fmt: skip


def _person() -> tuple[Column[str], ...]:
    """Who it was, as far as the customer service knows."""
    return _text("customer_id"), _text("email"), _text("country_code")


tickets = Table(
    "tickets", SERVICE, _text("ticket_id", key=True), *_person(), _text("phone"), _text("channel"), _text("subject"), _text("category"),
    _text("priority"), _text("status"), Column("is_complaint", Boolean), _text("order_id"), _time("opened_at"),
    _time("solved_at"), _time("updated_at", index=True),
)  # fmt: skip
reviews = Table(
    "reviews", SERVICE, _text("review_id", key=True), *_person(), _text("product_id"), _text("order_id"),
    Column("rating", Integer), _text("text"), _time("created_at"), _time("updated_at", index=True),
)  # fmt: skip
surveys = Table(
    "surveys", SERVICE, _text("survey_id", key=True), *_person(), _text("kind"), Column("score", Integer),
    _text("comment"), _time("answered_at"), _time("updated_at", index=True),
)  # fmt: skip
