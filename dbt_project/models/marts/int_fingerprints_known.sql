{{ config(post_hook="{{ close_marts_run() }}") }}

-- after all that keeps its rows; depends_on:
-- {{ ref('acquisitions') }}
-- {{ ref('carts') }}
-- {{ ref('customer_metrics') }}
-- {{ ref('int_customer_months') }}
-- {{ ref('int_customer_stages') }}
-- {{ ref('int_customer_visits') }}
-- {{ ref('int_customers_branded') }}
-- {{ ref('int_events_gapped') }}
-- {{ ref('int_interests_weighed') }}
-- {{ ref('int_orders_paced') }}
-- {{ ref('int_products_seen') }}
-- {{ ref('int_topics_seen') }}
-- {{ ref('order_items') }}
-- {{ ref('orders') }}
-- {{ ref('int_customers_scored') }}
-- {{ ref('sessions') }}

select
    kind,
    fingerprint_key,
    fingerprint
from {{ ref('int_fingerprints') }}

union all

select
    'event_day' as kind,
    cast(event_date as varchar) as fingerprint_key,
    fingerprint
from {{ ref('int_event_days') }}
