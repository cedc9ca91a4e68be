{{ config(materialized='view') }}
{#- Systems that tell of no parcels, and what their orders say when all arrived. -#}
{%- set told_by_orders = [
    ('shop', 'shop_orders', '', "status = 'delivered'"),
    ('woocommerce', 'woocommerce_orders', 'woocommerce:', "status = 'completed'"),
    ('keycrm', 'keycrm_orders', 'keycrm:', 'status_group_id = 5'),
] %}

with

parcels as (
    {% for system in ['shop', 'shopify'] if is_used(system) %}
    {{ 'union all' if not loop.first }}
    select
        '{{ system }}' as system,
        shipment_id,
        order_id,
        status,
        shipped_at,
        delivered_at,
        updated_at,
        ingested_at
    from {{ ref('stg_' ~ system ~ '__shipments') }}
    {% else %}
    {{ nothing_of({
        'system': 'varchar',
        'shipment_id': 'varchar',
        'order_id': 'varchar',
        'status': 'varchar',
        'shipped_at': 'timestamp',
        'delivered_at': 'timestamp',
        'updated_at': 'timestamp',
        'ingested_at': 'timestamp',
    }) }}
    {% endfor %}
),

-- the first version that said so: an order is changed again after it arrived
said as (
    {% for system, landed, prefix, arrived in told_by_orders if is_used(system) %}
    {{ 'union all' if not loop.first }}
    select
        '{{ prefix }}' || order_id as order_id,
        min(updated_at) as delivered_at,
        min(case when _is_backfill then updated_at else _landed_at end) as ingested_at
    from {{ source('raw', landed) }}
    where {{ arrived }} and case when _is_backfill then updated_at else _landed_at end <= {{ as_of() }}
    group by order_id
    {% else %}
    {{ nothing_of({'order_id': 'varchar', 'delivered_at': 'timestamp', 'ingested_at': 'timestamp'}) }}
    {% endfor %}
),

-- an order without a parcel of its own that is still said to have arrived
arrived as (
    select
        orders.system,
        said.order_id,
        said.delivered_at,
        said.ingested_at
    from said
    inner join {{ ref('stg_all__orders') }} as orders on said.order_id = orders.order_id
    left join parcels on said.order_id = parcels.order_id
    where orders.status = 'delivered' and parcels.order_id is null
)

select * from parcels

union all

select
    system,
    'order:' || order_id as shipment_id,
    order_id,
    'delivered' as status,
    cast(null as timestamp) as shipped_at,
    delivered_at,
    delivered_at as updated_at,
    ingested_at
from arrived
