{#- A day's events in columns, with what is nested in the export taken out of it. `events` is what stands after `from`. -#}
{% macro ga4_flattened(events) %}
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
        {#- where the session came from: as attributed by the export, else as collected with the event -#}
        {{ ga4_traffic('source') }} as source,
        {{ ga4_traffic('medium') }} as medium,
        {{ ga4_traffic('campaign', 'campaign_name') }} as campaign,
        session_traffic_source_last_click.cross_channel_campaign.default_channel_group as channel,
        geo.country as country,
        {{ ga4_event_id() }} as event_id,
        _landed_at as landed_at,
        _is_backfill as is_backfill
    from (
        select
            *,
            {{ ga4_param_keys() }} as param_keys
        from {{ events }}
    ) as events
{% endmacro %}
