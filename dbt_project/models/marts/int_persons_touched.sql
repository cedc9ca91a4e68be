{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}
{%- set orders_before = as_before('orders', {'profile_id': 'varchar', 'ordered_at': 'timestamp'}) -%}
{%- set items_before = as_before('order_items', {
    'profile_id': 'varchar', 'ordered_at': 'timestamp', 'line_ingested_date': 'date', 'product_id': 'varchar'
}) %}

with

fingerprints as (
    select * from {{ ref('int_fingerprints') }}
),

known as (
    select * from {{ fingerprints_known(ref('int_fingerprints')) }}
    where kind <> 'event_day'
),

changed as (
    select
        coalesce(fingerprints.kind, known.kind) as kind,
        coalesce(fingerprints.fingerprint_key, known.fingerprint_key) as fingerprint_key
    from fingerprints
    full outer join known
        on
            fingerprints.fingerprint_key = known.fingerprint_key
            and fingerprints.kind = known.kind
    where fingerprints.fingerprint is distinct from known.fingerprint
),

days as (
    select fingerprint_key from changed
    where kind = 'line_day'
),

products as (
    select fingerprint_key from changed
    where kind = 'product'
),

people as (
    select distinct fingerprint_key from changed
    where kind not in ('line_day', 'product')
),

-- lines that came, went or changed, and lines of a thing that is called otherwise now: as they are and as they were.
-- Each list is asked by itself: where it is empty nothing need be read
lines as (
    select order_id
    from {{ ref('stg_all__order_lines') }}
    where {{ hash_of(['cast(ingested_at as date)']) }} in (select days.fingerprint_key from days)

    union

    select order_id
    from {{ ref('stg_all__order_lines') }}
    where {{ hash_of(['product_id']) }} in (select products.fingerprint_key from products)
),

-- marts of persons are of people with orders and of visitors: these have a name here, now or before
owners as (
    select {{ owner_of('profile_id', 'ordered_at') }} as owner
    from {{ ref('profile_orders') }}
    where {{ hash_of([owner_of('profile_id', 'ordered_at')]) }} in (select people.fingerprint_key from people)

    union

    select {{ owner_of('profile_id', 'ordered_at') }} as owner
    from {{ ref('profile_orders') }}
    where order_id in (select lines.order_id from lines)

    union

    select {{ owner_of('profile_id', 'ordered_at') }} as owner
    from {{ orders_before }} as orders
    where {{ hash_of([owner_of('profile_id', 'ordered_at')]) }} in (select people.fingerprint_key from people)

    union

    select {{ owner_of('profile_id', 'ordered_at') }} as owner
    from {{ items_before }} as items
    where {{ hash_of(['line_ingested_date']) }} in (select days.fingerprint_key from days)

    union

    select {{ owner_of('profile_id', 'ordered_at') }} as owner
    from {{ items_before }} as items
    where {{ hash_of(['product_id']) }} in (select products.fingerprint_key from products)

    union

    -- whose visits were worked out anew, and whose they were
    select profile_id as owner
    from {{ ref('sessions') }}
    where profile_id is not null and session_key in ({{ sessions_touched() }})

    union

    select profile_id as owner
    from {{ owners_left() }} as owners_left

    union

    -- who looked at a thing that is called otherwise now
    select sessions.profile_id as owner
    from {{ ref('int_products_seen') }} as seen
    inner join {{ ref('sessions') }} as sessions on seen.session_key = sessions.session_key
    where
        sessions.profile_id is not null
        and {{ hash_of(['seen.product_id']) }} in (select products.fingerprint_key from products)
)

select owners.owner from owners
{% if is_incremental() -%}
left join {{ this }} as listed on owners.owner = listed.owner
where listed.owner is null
{%- endif %}
