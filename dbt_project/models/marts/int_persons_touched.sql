{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

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
            fingerprints.kind = known.kind
            and fingerprints.fingerprint_key = known.fingerprint_key
    where fingerprints.fingerprint is distinct from known.fingerprint
),

days as (
    select cast(fingerprint_key as date) as line_date
    from changed
    where kind = 'line_day'
),

products as (
    select fingerprint_key as product_id
    from changed
    where kind = 'product'
),

-- lines that came, went or changed, and lines of a thing that is called otherwise now: as they are and as they were
lines as (
    select lines.order_id
    from {{ ref('stg_all__order_lines') }} as lines
    left join days on cast(lines.ingested_at as date) = days.line_date
    left join products on lines.product_id = products.product_id
    where days.line_date is not null or products.product_id is not null
),

owners as (
    select changed.fingerprint_key as owner
    from changed
    where changed.kind not in ('line_day', 'product')

    union

    select {{ owner_of('orders.profile_id', 'orders.ordered_at') }} as owner
    from {{ ref('profile_orders') }} as orders
    inner join lines on orders.order_id = lines.order_id

    union

    select {{ owner_of('items.profile_id', 'items.ordered_at') }} as owner
    from {{ items_before() }} as items
    left join days on items.line_ingested_date = days.line_date
    left join products on items.product_id = products.product_id
    where days.line_date is not null or products.product_id is not null

    union

    -- who looked at other things in a visit of a touched day, or at a thing that is called otherwise now
    select sessions.profile_id as owner
    from {{ ref('sessions') }} as sessions
    where sessions.profile_id is not null and sessions.session_key in ({{ sessions_touched() }})

    union

    select sessions.profile_id as owner
    from {{ ref('int_products_seen') }} as seen
    inner join products on seen.product_id = products.product_id
    inner join {{ ref('sessions') }} as sessions on seen.session_key = sessions.session_key
    where sessions.profile_id is not null
)

select owners.owner from owners
{% if is_incremental() -%}
left join {{ this }} as listed on owners.owner = listed.owner
where listed.owner is null
{%- endif %}
