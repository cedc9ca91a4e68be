"""Shopify: orders, lines, refunds, parcels, customers, products, by its Admin GraphQL API (shopify.dev/docs/api/admin-graphql/2026-10).

Lists are sorted by when they changed, so that what changes while it is paged comes again at the end. What is deleted is not told: now and
then the ids of all are compared. When customers are merged, their orders name the one that is left. The first load is one
bulk operation a table. shopify_queries.py asks, shopify_tables.py says what lands. One file: it is one list.
"""

from __future__ import annotations

from decimal import Decimal

from orchestration.sources.rest import Vendor, Via
from orchestration.sources.rest.fields import Json
from orchestration.sources.shopify_queries import all_lines, ids, listed, refund_lines, throttled
from orchestration.sources.shopify_tables import CUSTOMERS, FULFILLMENTS, ORDER_LINES, ORDERS, PRODUCTS, REFUND_LINES, REFUNDS


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
                "processed_at": "processedAt",
                "created_at": "createdAt",
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
            REFUND_LINES,
            {
                **_OF_ORDER,
                "refund_line_id": _number("key"),
                "refund_id": _number("refund"),
                "order_line_id": _number("lineItem.id"),
                "quantity": "quantity",
                "amount": "subtotalSet.shopMoney.amount",
            },
            each="refundLines",
            widen=refund_lines,
        ),
        listed(
            FULFILLMENTS,
            {
                **_OF_ORDER,
                "fulfillment_id": _number("id"),
                "status": "status",
                "display_status": "displayStatus",
                "in_transit_at": "inTransitAt",
                "delivered_at": "deliveredAt",
                "created_at": "createdAt",
                "changed_at": "updatedAt",
            },
            each="fulfillments",
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
        ids(CUSTOMERS, {"customer_id": _number("id")}),
        ids(ORDERS, {"order_id": _number("id")}),
        ids(PRODUCTS, {"product_id": _number("id")}),
    ),
)
TABLES = SHOPIFY.tables
