"""The feature columns that models learn from, as features.customer_features describes them."""

CUSTOMER_FEATURES: tuple[str, ...] = (
    # orders
    "recency_days",
    "tenure_days",
    "orders_count",
    "order_days_count",
    "orders_30d",
    "orders_90d",
    "orders_180d",
    "orders_365d",
    "mean_gap_days",
    "gap_sd_days",
    "last_gap_days",
    "gap_ratio",
    # money
    "revenue_amount",
    "revenue_90d_amount",
    "revenue_365d_amount",
    "avg_order_amount",
    "last_order_amount",
    "discount_share",
    "discount_orders_share",
    "refund_share",
    "returned_share",
    # assortment
    "units_per_order",
    "product_count",
    "category_count",
    # the website
    "sessions_7d",
    "sessions_30d",
    "views_30d",
    "carts_7d",
    "carts_30d",
    "days_since_session",
    "days_since_cart",
    # e-mail
    "emails_90d",
    "email_opens_90d",
    "email_clicks_90d",
    "days_since_email_click",
    # the customer service
    "tickets_180d",
    "complaints_180d",
    "days_since_ticket",
)
