{{ config(materialized='incremental', incremental_strategy='append') }}

with

decisions as (
    select
        message_id,
        kind,
        campaign,
        profile_id,
        channel,
        coalesce(reason, 'allowed') as outcome,
        decided_at
    from {{ ref('decisions') }}
)

{% if is_incremental() %}
,

recorded as (
    select
        message_id,
        {{ latest_value('outcome', 'decided_at') }} as outcome
    from {{ this }}
    group by message_id
)

select decisions.*
from decisions
left join recorded on decisions.message_id = recorded.message_id
where recorded.outcome is null or recorded.outcome <> decisions.outcome
{% else %}
select decisions.*
from decisions
{% endif %}
