{{ config(post_hook="{{ close_marts_run() }}") }}

-- after all that grows: depends_on
-- {{ ref('orders') }}, {{ ref('order_items') }}, {{ ref('sessions') }}, {{ ref('carts') }}

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
