{#- One file, though long: what a run decided, what the warm worker did before, and what nobody asks for any more. -#}
{#- what happened cannot be worked out again: not even --full-refresh begins it anew -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}
{#- a table of before has no `occasion` and no `variant` yet; a unit test's has -#}
{%- set there = ['occasion', 'variant'] -%}
{%- if execute and is_incremental() and this is not string -%}
    {%- set there = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
{%- endif %}

with

-- the scores that a campaign reads, each with the version that served
versions as (
    select
        campaigns.campaign,
        {{ texts_joined("served.model || ' ' || served.model_version", 'served.model') }} as model_versions
    from ({{ scores_of_campaigns() }}) as campaigns
    inner join {{ ref('served_versions') }} as served on campaigns.model = served.model
    group by campaigns.campaign
),

decisions as (
    select
        decided.message_id,
        decided.kind,
        decided.campaign,
        decided.profile_id,
        decided.occasion,
        decided.channel,
        coalesce(decided.reason, 'allowed') as outcome,
        decided.decided_at,
        decided.because,
        decided.rule_version,
        versions.model_versions,
        decided.experiment,
        decided.variant
    from {{ ref('decisions') }} as decided
    left join versions on decided.campaign = versions.campaign
)

-- depends_on: {{ ref('profile_ids') }}, {{ ref('stg_feedback__deliveries') }}, {{ ref('stg_reactive__decisions') }}
{% if is_incremental() %}
,

-- what the warm worker decided since the last run
by_worker as (
    select decided.*
    from {{ ref('stg_reactive__decisions') }} as decided
    left join {{ this }} as written
        on decided.message_id = written.message_id and decided.decided_at = written.decided_at
    where written.message_id is null
),

told as (
    select
        message_id,
        kind,
        campaign,
        profile_id,
        {{ 'occasion' if 'occasion' in there else 'cast(null as varchar)' }} as occasion,
        {{ 'variant' if 'variant' in there else 'cast(null as varchar)' }} as variant,
        channel,
        outcome,
        decided_at
    from {{ this }}
    union all
    select
        message_id,
        kind,
        campaign,
        profile_id,
        occasion,
        variant,
        channel,
        outcome,
        decided_at
    from by_worker
),

recorded as (
    select
        message_id,
        max(kind) as kind,
        max(campaign) as campaign,
        {{ latest_value('profile_id', 'decided_at') }} as profile_id,
        max(occasion) as occasion,
        {{ latest_value('variant', 'decided_at') }} as variant,
        {{ latest_value('channel', 'decided_at') }} as channel,
        {{ latest_value('outcome', 'decided_at') }} as outcome
    from told
    group by message_id
),

-- what waited or was held back and is asked for no more; the control groups stay what they were
left_over as (
    select recorded.*
    from recorded
    left join decisions on recorded.message_id = decisions.message_id
    where
        decisions.message_id is null
        and recorded.kind = 'message'
        and recorded.outcome not in ('allowed', 'holdout', 'expired')
),

-- the names that the same message may have by now: under each of the person's ids
names as (
    select
        message_id,
        message_id as name_now
    from left_over
    union
    select
        left_over.message_id,
        {{ message_id('left_over.campaign', 'others.profile_id', 'left_over.occasion') }} as name_now
    from left_over
    inner join {{ ref('profile_ids') }} as own on left_over.profile_id = own.profile_id
    inner join {{ ref('profile_ids') }} as others on own.current_profile_id = others.current_profile_id
    where left_over.occasion is not null
),

still_there as (
    select distinct names.message_id
    from names
    left join decisions on names.name_now = decisions.message_id
    left join {{ ref('stg_feedback__deliveries') }} as deliveries
        on
            names.name_now = deliveries.message_id
            and deliveries.status <> 'pending'
    where decisions.message_id is not null or deliveries.message_id is not null
)

select decisions.*
from decisions
left join recorded on decisions.message_id = recorded.message_id
where
    recorded.outcome is null
    or recorded.outcome <> decisions.outcome
    or coalesce(recorded.variant, '') <> coalesce(decisions.variant, recorded.variant, '')

union all

select
    left_over.message_id,
    left_over.kind,
    left_over.campaign,
    left_over.profile_id,
    left_over.occasion,
    left_over.channel,
    'expired' as outcome,
    {{ as_of() }} as decided_at,
    'nothing asks for it any more' as because,
    cast(null as varchar) as rule_version,
    cast(null as varchar) as model_versions,
    cast(null as varchar) as experiment,
    cast(null as varchar) as variant
from left_over
left join still_there on left_over.message_id = still_there.message_id
where still_there.message_id is null

union all

select
    by_worker.message_id,
    by_worker.kind,
    by_worker.campaign,
    by_worker.profile_id,
    by_worker.occasion,
    by_worker.channel,
    by_worker.outcome,
    by_worker.decided_at,
    by_worker.because,
    by_worker.rule_version,
    versions.model_versions,
    by_worker.experiment,
    by_worker.variant
from by_worker
left join versions on by_worker.campaign = versions.campaign
{% else %}
select decisions.*
from decisions
{% endif %}
