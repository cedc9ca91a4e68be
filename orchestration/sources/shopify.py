"""Shopify's orders, lines, refunds, customers and products, from its Admin GraphQL API (shopify.dev/docs/api/admin-graphql/2026-10).

Lists are sorted by when they changed, so that what changes while it is paged comes again at the end. Who is deleted is not told; only
customers who never ordered can be. When customers are merged, their orders name the one that is left. shopify_queries.py asks.
"""

from __future__ import annotations

from decimal import Decimal

from orchestration.sources.fields import Json
from orchestration.sources.rest import Vendor, Via
from orchestration.sources.shopify_queries import all_lines, listed, throttled
from orchestration.sources.table import Column, Table, moment, money, text

CUSTOMERS = Table(
    "shopify",
    "customers",
    key=("customer_id",),
    event_time="created_at",
    description="Customers of the Shopify shop that changed since the last run, with what they allowed.",
    columns=(
        text("customer_id", required=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("email", personal=True),
        text("phone", personal=True),
        text("company_name"),
        text("street", personal=True),
        text("postal_code"),
        text("city"),
        text("country_code"),
        text("email_consent"),
        moment("email_consent_at"),
        text("sms_consent"),
        moment("sms_consent_at"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
    ),
)

ORDERS = Table(
    "shopify",
    "orders",
    key=("order_id",),
    event_time="ordered_at",
    description="Orders of the Shopify shop that changed since the last run, test orders included.",
    columns=(
        text("order_id", required=True),
        text("customer_id"),
        Column("is_test", "BOOLEAN", required=True),
        text("financial_status"),
        text("fulfillment_status"),
        moment("cancelled_at"),
        text("currency", required=True),
        money("discount_amount"),
        money("shipping_amount"),
        money("tax_amount"),
        money("total_amount", required=True),
        text("coupon_codes"),
        text("email", personal=True),
        text("phone", personal=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("street", personal=True),
        text("postal_code"),
        text("city"),
        text("country_code"),
        moment("ordered_at", required=True),
        moment("updated_at", required=True),
    ),
)

ORDER_LINES = Table(
    "shopify",
    "order_lines",
    key=("order_line_id",),
    event_time="updated_at",
    description="Lines of the Shopify orders that changed since the last run.",
    columns=(
        text("order_line_id", required=True),
        text("order_id", required=True),
        Column("is_test", "BOOLEAN", required=True),
        text("product_id"),
        Column("quantity", "BIGINT", required=True, minimum=0),
        money("unit_price_amount", required=True),
        money("discount_amount"),
        moment("updated_at", required=True),
    ),
)

REFUNDS = Table(
    "shopify",
    "refunds",
    key=("refund_id",),
    event_time="refunded_at",
    description="Refunds of the Shopify orders that changed since the last run.",
    columns=(
        text("refund_id", required=True),
        text("order_id", required=True),
        Column("is_test", "BOOLEAN", required=True),
        money("amount", required=True),
        text("reason"),
        moment("refunded_at"),
        moment("updated_at", required=True),
    ),
)

PRODUCTS = Table(
    "shopify",
    "products",
    key=("product_id",),
    event_time="created_at",
    description="Products of the Shopify shop that changed since the last run.",
    columns=(
        text("product_id", required=True),
        text("name", required=True),
        text("category"),
        text("brand"),
        money("price_amount"),
        text("currency"),
        Column("stock_quantity", "BIGINT"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
    ),
)


def _number(path: str) -> Via:
    """gid://shopify/Order/450789469 -> 450789469, as it is called everywhere else."""
    return Via(path, lambda gid: str(gid).rpartition("/")[2], ("text",))


def _allocated(discounts: list[Json]) -> str:
    return str(sum((Decimal(one["allocatedAmountSet"]["shopMoney"]["amount"]) for one in discounts), Decimal(0)))


_SHIPPED_TO = {
    "first_name": "shippingAddress.firstName",
    "last_name": "shippingAddress.lastName",
    "street": "shippingAddress.address1",
    "postal_code": "shippingAddress.zip",
    "city": "shippingAddress.city",
    "country_code": "shippingAddress.countryCodeV2",
}
_OF_ORDER: dict[str, str | Via] = {"order_id": _number("^id"), "is_test": "^test", "updated_at": "^updatedAt"}

SHOPIFY = Vendor(
    "shopify",
    "",
    lambda token: {"X-Shopify-Access-Token": token},
    throttled=throttled,
    endpoints=(
        listed(
            CUSTOMERS,
            {
                "customer_id": _number("id"),
                "first_name": "firstName",
                "last_name": "lastName",
                "email": "defaultEmailAddress.emailAddress",
                "phone": "defaultPhoneNumber.phoneNumber",
                "company_name": "defaultAddress.company",
                "street": "defaultAddress.address1",
                "postal_code": "defaultAddress.zip",
                "city": "defaultAddress.city",
                "country_code": "defaultAddress.countryCodeV2",
                "email_consent": "defaultEmailAddress.marketingState",
                "email_consent_at": "defaultEmailAddress.marketingUpdatedAt",
                "sms_consent": "defaultPhoneNumber.marketingState",
                "sms_consent_at": "defaultPhoneNumber.marketingUpdatedAt",
                "created_at": "createdAt",
                "updated_at": "updatedAt",
            },
        ),
        listed(
            ORDERS,
            {
                "order_id": _number("id"),
                "customer_id": _number("customer.id"),
                "is_test": "test",
                "financial_status": "displayFinancialStatus",
                "fulfillment_status": "displayFulfillmentStatus",
                "cancelled_at": "cancelledAt",
                "currency": "currencyCode",
                "discount_amount": "totalDiscountsSet.shopMoney.amount",
                "shipping_amount": "totalShippingPriceSet.shopMoney.amount",
                "tax_amount": "totalTaxSet.shopMoney.amount",
                "total_amount": "totalPriceSet.shopMoney.amount",
                "coupon_codes": Via("discountCodes", ",".join),
                "email": "email",
                "phone": "phone",
                **_SHIPPED_TO,
                "ordered_at": "processedAt",
                "updated_at": "updatedAt",
            },
        ),
        listed(
            ORDER_LINES,
            {
                **_OF_ORDER,
                "order_line_id": _number("id"),
                "product_id": _number("product.id"),
                "quantity": "quantity",
                "unit_price_amount": "originalUnitPriceSet.shopMoney.amount",
                "discount_amount": Via("discountAllocations", _allocated),
            },
            each="lineItems.nodes",
            widen=all_lines,
        ),
        listed(
            REFUNDS,
            {
                **_OF_ORDER,
                "refund_id": _number("id"),
                "amount": "totalRefundedSet.shopMoney.amount",
                "reason": "note",
                "refunded_at": "createdAt",
            },
            each="refunds",
        ),
        listed(
            PRODUCTS,
            {
                "product_id": _number("id"),
                "name": "title",
                "category": "productType",
                "brand": "vendor",
                "price_amount": "priceRangeV2.minVariantPrice.amount",
                "currency": "priceRangeV2.minVariantPrice.currencyCode",
                "stock_quantity": "totalInventory",
                "created_at": "createdAt",
                "updated_at": "updatedAt",
            },
        ),
    ),
)
TABLES = SHOPIFY.tables
