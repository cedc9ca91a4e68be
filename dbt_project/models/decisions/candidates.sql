{#- The order is the priority: the first to ask for a person goes first. A new trigger gets its place here. -#}
{%- set triggers = ['cart_abandoned', 'welcome', 'win_back'] -%}
{%- set audiences = ['champions', 'at_risk_regulars', 'newcomers'] -%}

with

requested as (
    {% for name in triggers %}
    select
        'message' as kind,
        {{ loop.index }} as priority,
        campaign,
        profile_id,
        occurred_at,
        occasion,
        channel,
        message,
        purpose,
        is_void_after_order
    from {{ ref(name) }}
    union all
    {% endfor %}
    {% for name in audiences %}
    select
        'membership' as kind,
        {{ triggers | length + loop.index }} as priority,
        campaign,
        profile_id,
        cast(null as timestamp) as occurred_at,
        'member' as occasion,
        channel,
        message,
        purpose,
        is_void_after_order
    from {{ ref(name) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- a message that was handed over is done, under whichever of the person's ids it went out
named as (
    select
        requested.campaign,
        requested.profile_id,
        requested.occasion,
        min(deliveries.status) as delivery_status
    from requested
    inner join {{ ref('profile_ids') }} as profile_ids on requested.profile_id = profile_ids.current_profile_id
    inner join {{ ref('stg_feedback__deliveries') }} as deliveries
        on
            {{ message_id('requested.campaign', 'profile_ids.profile_id', 'requested.occasion') }}
            = deliveries.message_id
    where deliveries.status <> 'pending'
    group by requested.campaign, requested.profile_id, requested.occasion
)

select
    {{ message_id('requested.campaign', 'requested.profile_id', 'requested.occasion') }} as message_id,
    requested.kind,
    requested.priority,
    requested.campaign,
    requested.profile_id,
    requested.occurred_at,
    requested.occasion,
    case requested.channel
        when 'best' then coalesce(profiles.preferred_channel, 'email')
        else requested.channel
    end as channel,
    requested.message,
    requested.purpose,
    requested.is_void_after_order
from requested
inner join {{ ref('profiles') }} as profiles on requested.profile_id = profiles.profile_id
left join named
    on
        requested.campaign = named.campaign
        and requested.profile_id = named.profile_id
        and requested.occasion = named.occasion
where named.delivery_status is null
