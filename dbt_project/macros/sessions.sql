{#- What is read of a visit's events. -#}
{% macro columns_of_events() -%}
    {{ return([
        'event_id', 'event_at', 'event_date', 'event_name', 'user_pseudo_id', 'user_id', 'page_location', 'page_topic', 'search_term',
        'engagement_msec', 'item_id', 'item_name', 'item_category', 'item_brand', 'item_price_amount', 'device_category', 'source', 'medium',
        'campaign', 'channel', 'brand'
    ]) }}
{%- endmacro %}

{#- Events that are part of a visit: those whose system says which, and those that the gap between them puts together. `columns` are
    of columns_of_events; a relation in brackets. On a day those of the visits that are worked out anew, or of all where `is_whole`. -#}
{% macro events_in_sessions(columns, condition='true', is_whole=false) -%}
    {%- if is_a_day() and not is_whole -%}
    (select session_key, is_by_gap, {{ columns | join(', ') }} from {{ of_stage('events_touched') }} where {{ condition }})
    {%- else -%}
    (
        select
            session_key,
            false as is_by_gap,
            {{ columns | join(', ') }}
        from {{ ref('stg_all__events') }}
        where session_key is not null and {{ condition }}
        union all
        select
            session_key,
            true as is_by_gap,
            {{ columns | join(', ') }}
        from {{ ref('int_events_gapped') }}
        where {{ condition }}
    )
    {%- endif -%}
{%- endmacro %}

{#- For a post-hook: the events of the visits that are worked out anew, which several models read. -#}
{% macro list_events_touched() -%}
    {%- if execute -%}
    create or replace table {{ of_stage('events_touched') }} as
    select * from {{ events_in_sessions(columns_of_events(), is_whole=true) }} as given
    where session_key in (select session_key from {{ this }}) {{- '' if is_a_day() else ' and false' }}
    {%- endif -%}
{%- endmacro %}

{#- On a day, the visits that have or had an event on a touched day, or another owner: whole visits are worked out anew. -#}
{% macro sessions_touched() -%}
    {%- if model.resource_type != 'unit_test' -%} select session_key from {{ ref('int_sessions_touched') }} {%- endif -%}
{%- endmacro %}

{#- Whose device or login it is, where a visit's system does not say which visit an event is of; NULL where nobody's. -#}
{% macro visitor_of() -%}
    coalesce(user_pseudo_id, user_type || ' ' || user_id)
{%- endmacro %}

{#- Joins to a relation `visits` of visits: whose each is. The login in it tells, else the device by whoever it is known to have been
    with when the visit began. -#}
{% macro join_owners() -%}
    left join {{ ref('identifiers') }} as account
        on
            account.identifier_type = '{{ var('customer_ids_of') }}'
            and visits.user_id = account.identifier_value
    left join {{ ref('device_owners') }} as device
        on
            visits.user_pseudo_id = device.user_pseudo_id
            and visits.started_at >= device.from_at
            and visits.started_at < device.until_at
{%- endmacro %}

{#- The visitors who have or had an event on a touched day, listed before their events are forgotten: for pre-hooks, and for `in (…)`. -#}
{% macro list_visitors_touched() -%}
    {%- set days = days_touched() -%}
    {%- if is_a_day() -%}
        create or replace table {{ of_stage('visitors_touched') }} as
        select visitor from {{ this }} where event_date in ({{ days }})
        union
        select {{ visitor_of() }} as visitor from {{ ref('stg_all__events') }} where session_key is null and event_date in ({{ days }})
    {%- elif execute -%}
        create or replace table {{ of_stage('visitors_touched') }} (visitor varchar)
    {%- endif -%}
{%- endmacro %}
{% macro visitors_touched() -%}
    {%- if model.resource_type != 'unit_test' -%} select visitor from {{ of_stage('visitors_touched') }} {%- endif -%}
{%- endmacro %}
