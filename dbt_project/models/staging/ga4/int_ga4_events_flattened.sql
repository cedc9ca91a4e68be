{{
    config(
        enabled=is_used('ga4'),
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='export_digits',
        on_schema_change='fail',
        post_hook="{{ remember_code() }}"
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

{#- Read anew wherever they are named: a CTE with several readers is kept whole, with all that is nested in it. -#}
{% set changed = 'where event_date in (' ~ literals_of(changed_days) ~ ')' if is_incremental() else '' %}
{% set events = '(select * from ' ~ source('raw', 'ga4_events') ~ ' ' ~ changed ~ ') as events' %}

with

landed_days as (
    select
        event_date as export_digits,
        max(coalesce(_delivered_at, _landed_at)) as export_landed_at,
        count(*) as export_rows_count
    from {{ events }}
    group by event_date
),

-- What the export may hold twice: nearly always nothing, so that nearly never a row has to be compared with others.
likely_copies as {{ one_by_one() }} (
    select keyed.likeness
    from (
        select {{ ga4_likeness() }} as likeness
        from {{ events }}
    ) as keyed
    group by keyed.likeness
    having count(*) > 1
),

single_events as (
    {{ ga4_flattened(events ~ ' where ' ~ ga4_likeness() ~ ' not in (select likeness from likely_copies)') }}
),

repeated_events as (
    {{ ga4_flattened(events ~ ' where ' ~ ga4_likeness() ~ ' in (select likeness from likely_copies)') }}
),

ranked as (
    select
        repeated_events.*,
        row_number() over (
            partition by repeated_events.event_id
            order by repeated_events.landed_at asc, repeated_events.is_backfill desc
        ) as copy_place
    from repeated_events
),

chosen as (
    select
        single_events.*,
        1 as copy_place
    from single_events
    union all
    select ranked.*
    from ranked
    where ranked.copy_place = 1
)

select
    chosen.event_id,
    chosen.event_at,
    cast(chosen.event_at as date) as event_date,
    chosen.event_name,
    chosen.user_pseudo_id,
    chosen.user_id,
    chosen.user_pseudo_id || '.' || cast(chosen.ga_session_id as varchar) as session_key,
    chosen.ga_session_id,
    chosen.page_location,
    nullif(trim(chosen.page_title), '') as page_title,
    nullif(trim(chosen.content_group), '') as content_group,
    nullif(trim(chosen.search_term), '') as search_term,
    chosen.engagement_msec,
    chosen.transaction_id,
    -- a purchase without revenue: the same in dollars where these are its currency, else the value that the tag gave
    case
        when chosen.event_name <> 'purchase' or chosen.revenue_amount is not null then chosen.revenue_amount
        when upper(chosen.currency) = 'USD'
            then coalesce(chosen.revenue_in_usd_amount, chosen.value_amount, chosen.value_in_usd_amount)
        else chosen.value_amount
    end as purchase_revenue_amount,
    chosen.currency,
    chosen.item_id,
    chosen.item_name,
    chosen.item_category,
    chosen.item_brand,
    chosen.item_price_amount,
    chosen.items_count,
    chosen.device_category,
    chosen.source,
    chosen.medium,
    chosen.campaign,
    chosen.channel,
    chosen.country,
    case when chosen.is_backfill then chosen.event_at else chosen.landed_at end as ingested_at,
    chosen.export_digits,
    landed_days.export_landed_at,
    landed_days.export_rows_count
from chosen
inner join landed_days on chosen.export_digits = landed_days.export_digits
