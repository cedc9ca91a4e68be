{%- set of_orders -%}
inner join {{ ref('orders') }} as orders on rows_of.order_id = orders.order_id
    inner join people on orders.profile_id = people.profile_id
{%- endset -%}
{%- set of_accounts -%}
inner join {{ ref('identifiers') }} as accounts
        on
            accounts.identifier_type = '{{ var('customer_ids_of') }}'
            and events.user_id = accounts.identifier_value
    inner join people on accounts.profile_id = people.profile_id
{%- endset -%}
{%- set of_devices -%}
inner join devices on events.user_pseudo_id = devices.user_pseudo_id
    inner join people on devices.profile_id = people.profile_id
    left join {{ ref('identifiers') }} as accounts
        on
            accounts.identifier_type = '{{ var('customer_ids_of') }}'
            and events.user_id = accounts.identifier_value
{%- endset -%}
{%- set said = ['session_key', 'user_id', 'user_pseudo_id', 'event_name'] -%}
with

people as (
    select profile_id
    from {{ ref('int_people_sampled') }}
),

origins as (
    select * from {{ ref('int_origins') }}
),

-- whoever had the device at any time
devices as (
    select distinct
        user_pseudo_id,
        profile_id
    from {{ ref('device_owners') }}
),

given as (
    {{ rows_of_people(
        'orders', ref('orders'), 'ordered_at',
        ['order_id', 'total_amount', 'order_total_amount', 'discount_amount', 'exchange_rate'], condition='orders.is_paid'
    ) }}

    union all

    {{ rows_of_people(
        'items', ref('order_items'), 'ordered_at', ['order_line_id', 'order_id', 'product_id', 'category', 'quantity'],
        condition='items.is_paid'
    ) }}

    union all

    {{ rows_of_people(
        'refunds', ref('stg_all__refunds'), 'refunded_at', ['refund_id', 'order_id', 'amount'],
        of_orders | replace('rows_of', 'refunds')
    ) }}

    union all

    {{ rows_of_people(
        'refund_lines', ref('stg_all__refund_lines'), 'updated_at', ['refund_line_id', 'order_id', 'quantity'],
        of_orders | replace('rows_of', 'refund_lines')
    ) }}

    union all

    {{ rows_of_people('events', ref('stg_all__events'), 'event_at', said, of_accounts) }}

    union all

    {{ rows_of_people('events', ref('stg_all__events'), 'event_at', said + ['accounts.profile_id'], of_devices) }}

    union all

    {{ rows_of_people(
        'device_owners', ref('device_owners'), 'known_at', ['user_pseudo_id', 'from_at', 'until_at'], ingested_at='known_at'
    ) }}

    union all

    {{ rows_of_people(
        'engagements', ref('profile_engagements'), 'occurred_at', ['event_id', 'status', 'message_id', 'is_machine'],
        condition="engagements.channel = 'email'"
    ) }}

    union all

    {{ rows_of_people('tickets', ref('profile_tickets'), 'opened_at', ['ticket_id', 'is_complaint']) }}
),

watched as (
    {{ sources_watched({'origins': 'origins', 'landed': '<'}) }}
)

select
    profile_id as fingerprint_key,
    origin_number,
    {{ sum_of_hashes(['row_hash']) }} as fingerprint
from given
group by profile_id, origin_number

union all

select
    'everybody' as fingerprint_key,
    origins.origin_number,
    {{ sum_of_hashes([
        "'" ~ features_policy() ~ "'", 'watched.has_visited', 'watched.has_written', 'watched.has_served'
    ]) }} as fingerprint
from origins
inner join watched on origins.as_of = watched.as_of
group by origins.origin_number
