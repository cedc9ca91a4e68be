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
-- {{ ref('searches') }}
-- {{ ref('sessions') }}

select
    kind,
    fingerprint_key,
    cast(null as date) as event_date,
    fingerprint
from {{ ref('int_fingerprints') }}

union all

select
    'event_day' as kind,
    {{ hash_of(['event_date']) }} as fingerprint_key,
    event_date,
    fingerprint
from {{ ref('int_event_days') }}
