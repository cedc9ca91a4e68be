{{
    config(
        enabled=is_used('ga4'),
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='export_digits',
        on_schema_change='fail'
    )
}}

{#- A day is read again when it was landed again, or has other events than before. The days stand in the query as
    literals, so that only their files are read. -#}
{% set changed_days %}
    select landed_days.export_digits
    from (
        select
            event_date as export_digits,
            max(coalesce(_delivered_at, _landed_at)) as landed_at,
            count(*) as rows_count
        from {{ source('raw', 'ga4_events') }}
        group by event_date
    ) as landed_days
    left join (
        select
            export_digits,
            max(export_landed_at) as landed_at,
            max(export_rows_count) as rows_count
        from {{ this }}
        group by export_digits
    ) as known_days
        on landed_days.export_digits = known_days.export_digits
    where
        known_days.export_digits is null
        or known_days.landed_at <> landed_days.landed_at
        or known_days.rows_count <> landed_days.rows_count
{% endset %}

with

source as (
    select *
    from {{ source('raw', 'ga4_events') }}
    {% if is_incremental() -%}
    where event_date in ({{ literals_of(changed_days) }})
    {%- endif %}
),

landed_days as (
    select
        event_date as export_digits,
        max(coalesce(_delivered_at, _landed_at)) as export_landed_at,
        count(*) as export_rows_count
    from source
    group by event_date
),

-- to the linter a field of a struct looks like a column of a table:
-- noqa: disable=RF03,AL09
flattened as (
    select
        event_date as export_digits,
        {{ timestamp_of_micros('event_timestamp') }} as event_at,
        event_name,
        {{ ga4_id('user_pseudo_id') }} as user_pseudo_id,
        {{ ga4_id('user_id') }} as user_id,
        {{ ga4_param('ga_session_id', 'bigint') }} as ga_session_id,
        {{ ga4_param('page_location') }} as page_location,
        case when event_name in ('page_view', 'screen_view') then {{ ga4_param('page_title') }} end as page_title,
        case when event_name in ('page_view', 'screen_view') then {{ ga4_param('content_group') }} end as content_group,
        case when event_name = 'view_search_results' then {{ ga4_param('search_term') }} end as search_term,
        {{ ga4_param('engagement_time_msec', 'bigint') }} as engagement_msec,
        coalesce({{ ga4_id('ecommerce.transaction_id') }}, {{ ga4_id(ga4_param('transaction_id')) }}) as transaction_id,
        {{ number_or_null('ecommerce.purchase_revenue', 'decimal(18, 4)') }} as revenue_amount,
        {{ number_or_null('ecommerce.purchase_revenue_in_usd', 'decimal(18, 4)') }} as revenue_in_usd_amount,
        {{ number_or_null(ga4_param('value', 'double'), 'decimal(18, 4)') }} as value_amount,
        {{ number_or_null('event_value_in_usd', 'decimal(18, 4)') }} as value_in_usd_amount,
        {{ ga4_param('currency') }} as currency,
        {{ ga4_id(first_of('items') ~ '.item_id') }} as item_id,
        {{ first_of('items') }}.item_name as item_name,
        {{ first_of('items') }}.item_category as item_category,
        {{ first_of('items') }}.item_brand as item_brand,
        {{ number_or_null(first_of('items') ~ '.price', 'decimal(18, 4)') }} as item_price_amount,
        {{ count_of('items') }} as items_count,
        device.category as device_category,
        -- where the session came from: as attributed by the export, else as collected with the event
        {{ ga4_traffic('source') }} as source,
        {{ ga4_traffic('medium') }} as medium,
        {{ ga4_traffic('campaign', 'campaign_name') }} as campaign,
        session_traffic_source_last_click.cross_channel_campaign.default_channel_group as channel,
        geo.country as country,
        {{ ga4_event_id() }} as event_id,
        _landed_at as landed_at,
        _is_backfill as is_backfill
    from source
),

-- the export may hold an event twice
ranked as (
    select
        flattened.*,
        row_number() over (partition by event_id order by landed_at asc, is_backfill desc) as copy_place
    from flattened
)

select
    ranked.event_id,
    ranked.event_at,
    cast(ranked.event_at as date) as event_date,
    ranked.event_name,
    ranked.user_pseudo_id,
    ranked.user_id,
    ranked.user_pseudo_id || '.' || cast(ranked.ga_session_id as varchar) as session_key,
    ranked.ga_session_id,
    ranked.page_location,
    nullif(trim(ranked.page_title), '') as page_title,
    nullif(trim(ranked.content_group), '') as content_group,
    nullif(trim(ranked.search_term), '') as search_term,
    ranked.engagement_msec,
    ranked.transaction_id,
    -- a purchase without revenue: the same in dollars where these are its currency, else the value that the tag gave
    case
        when ranked.event_name <> 'purchase' or ranked.revenue_amount is not null then ranked.revenue_amount
        when upper(ranked.currency) = 'USD'
            then coalesce(ranked.revenue_in_usd_amount, ranked.value_amount, ranked.value_in_usd_amount)
        else ranked.value_amount
    end as purchase_revenue_amount,
    ranked.currency,
    ranked.item_id,
    ranked.item_name,
    ranked.item_category,
    ranked.item_brand,
    ranked.item_price_amount,
    ranked.items_count,
    ranked.device_category,
    ranked.source,
    ranked.medium,
    ranked.campaign,
    ranked.channel,
    ranked.country,
    case when ranked.is_backfill then ranked.event_at else ranked.landed_at end as ingested_at,
    ranked.export_digits,
    landed_days.export_landed_at,
    landed_days.export_rows_count
from ranked
inner join landed_days on ranked.export_digits = landed_days.export_digits
where ranked.copy_place = 1
