{{ config(
    materialized='incremental', incremental_strategy='append', full_refresh=false, post_hook="{{ list_events_touched() }}"
) }}
{%- set known = of_stage('sessions') %}

-- in a rebuild nothing is touched; depends_on:
-- {{ ref('int_days_touched') }}, {{ ref('int_events_gapped') }}
-- {{ ref('identifiers') }}, {{ ref('device_owners') }}
{% if is_a_day() %}
with

known_by_gap as (
    select session_key from {{ known }}
    where is_by_gap
)

select touched.session_key
from (
    select known.session_key
    from {{ known }} as known
    inner join {{ ref('int_days_touched') }} as days
        on days.event_date between cast(known.started_at as date) and cast(known.ended_at as date)

    union

    select session_key
    from {{ ref('stg_all__events') }}
    where session_key is not null and event_date in ({{ days_touched() }})

    union

    select session_key
    from {{ ref('int_events_gapped') }}
    where
        event_date in ({{ days_touched() }})
        or session_key not in (select known_by_gap.session_key from known_by_gap)

    union

    -- a gap that was filled or emptied gives a visit another beginning
    select session_key
    from {{ known }}
    where
        is_by_gap
        and session_key not in (select gapped.session_key from {{ ref('int_events_gapped') }} as gapped)

    union

    -- whose device or account is another's now
    select visits.session_key
    from {{ known }} as visits
    {{ join_owners() }}
    where visits.profile_id is distinct from coalesce(account.profile_id, device.profile_id)
) as touched
{%- if is_incremental() %}
left join {{ this }} as listed on touched.session_key = listed.session_key
where listed.session_key is null
{%- endif %}
{% else %}
select session_key
from {{ ref('stg_all__events') }}
where false
{% endif %}
