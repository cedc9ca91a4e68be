-- The staging of GA4 events as one would write it by hand if the export were flat: typed columns in the place of nested parameters and items,
-- the same rows and columns out as dbt_project/models/staging/ga4/int_ga4_events_flattened.sql. $flat is the flat Parquet file.
with

flattened as (
    select
        *,
        make_timestamp(event_timestamp) as event_at,
        case when event_name in ('page_view', 'screen_view') then trim(page_title) end as title,
        case when event_name in ('page_view', 'screen_view') then trim(content_group) end as topic,
        case when event_name = 'view_search_results' then trim(search_term) end as term,
        md5(concat_ws(
            '|', coalesce(user_pseudo_id, ''), event_timestamp, event_name, coalesce(event_bundle_sequence_id::varchar, ''),
            coalesce(batch_page_id::varchar, ''), coalesce(batch_ordering_id::varchar, ''), coalesce(batch_event_index::varchar, '')
        )) as event_id
    from read_parquet($flat)
),

landed_days as (
    select event_date, max(coalesce(delivered_at, landed_at)) as export_landed_at, count(*) as export_rows_count
    from flattened
    group by event_date
),

ranked as (
    select *, row_number() over (partition by event_id order by landed_at asc, is_backfill desc) as copy_place
    from flattened
)

select
    event_id,
    event_at,
    event_at::date as event_date,
    event_name,
    user_pseudo_id,
    user_id,
    user_pseudo_id || '.' || ga_session_id::varchar as session_key,
    ga_session_id,
    page_location,
    nullif(title, '') as page_title,
    nullif(topic, '') as content_group,
    nullif(term, '') as search_term,
    engagement_msec,
    transaction_id,
    case
        when event_name <> 'purchase' or revenue is not null then revenue
        when upper(currency) = 'USD' then coalesce(revenue_in_usd, event_value, event_value_in_usd)
        else event_value
    end::decimal(18, 4) as purchase_revenue_amount,
    currency,
    item_id,
    item_name,
    item_category,
    item_brand,
    item_price::decimal(18, 4) as item_price_amount,
    items_count,
    device_category,
    source,
    medium,
    campaign,
    channel,
    country,
    case when is_backfill then event_at else landed_at end as ingested_at,
    ranked.event_date as export_digits,
    export_landed_at,
    export_rows_count
from ranked
inner join landed_days on ranked.event_date = landed_days.event_date
where copy_place = 1
