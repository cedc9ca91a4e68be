{#- One file, though long: the rules and their order are the policy, to be read from top to bottom. -#}
with

candidates as (
    select * from {{ ref('candidates') }}
),

-- the bucket of the campaign's own control group: the smallest over all ids that the person ever had
drawn as (
    select
        candidates.message_id,
        min({{ bucket_of("candidates.campaign || ':' || profile_ids.profile_id") }}) as campaign_bucket
    from candidates
    inner join {{ ref('profile_ids') }} as profile_ids on candidates.profile_id = profile_ids.current_profile_id
    group by candidates.message_id
),

orders as (
    select
        profile_id,
        max(case when is_paid then ordered_at end) as last_order_at,
        max(refunded_at) as last_refund_at
    from {{ ref('profile_orders') }}
    where profile_id is not null
    group by profile_id
),

-- the triggers and audiences that read a score in doubt
doubted as (
    select distinct campaigns.campaign
    from ({{ scores_of_campaigns() }}) as campaigns
    inner join {{ ref('drift') }} as drift on campaigns.model = drift.model
    where drift.is_alarmed
),

facts as (
    select
        candidates.*,
        doubted.campaign is not null as reads_doubted_score,
        profiles.time_zone,
        profiles.holdout_bucket,
        profiles.has_open_complaint,
        profiles.open_tickets_count,
        drawn.campaign_bucket,
        case candidates.channel when 'sms' then profiles.phone else profiles.email end as address,
        case candidates.channel
            when 'sms' then profiles.is_sms_suppressed
            else profiles.is_email_suppressed
        end as is_channel_suppressed,
        case
            when candidates.purpose = 'transactional' then coalesce(consents.is_granted, true)
            else coalesce(consents.is_granted, false)
        end as has_consent,
        orders.last_order_at,
        orders.last_refund_at,
        counted.last_sent_at,
        coalesce(counted.sent_7d, 0) as sent_7d,
        coalesce(counted.sent_sms_7d, 0) as sent_sms_7d,
        candidates.kind = 'message' and candidates.purpose = 'marketing' as is_limited
    from candidates
    inner join {{ ref('profiles') }} as profiles on candidates.profile_id = profiles.profile_id
    left join doubted on candidates.campaign = doubted.campaign
    left join drawn on candidates.message_id = drawn.message_id
    left join {{ ref('consents') }} as consents
        on
            candidates.profile_id = consents.profile_id
            and candidates.channel = consents.channel
            and candidates.purpose = consents.purpose
    left join orders on candidates.profile_id = orders.profile_id
    left join {{ ref('int_messages_counted') }} as counted on candidates.profile_id = counted.profile_id
),

-- one column a rule; each looks at the candidate alone
ruled as (
    select
        *,
        is_channel_suppressed as is_suppressed,
        not has_consent as has_no_consent,
        address is null as is_unreachable,
        is_void_after_order and (
            coalesce(last_order_at >= occurred_at, false) or coalesce(last_refund_at >= occurred_at, false)
        ) as is_contradicted,
        purpose = 'marketing' and {{ waits_for_service() }} as is_waiting_for_service,
        -- a membership stays what it was: to hold it back would take the person off the list
        kind = 'message' and reads_doubted_score as is_prediction_in_doubt,
        is_limited
        and coalesce(last_sent_at > {{ plus_hours(as_of(), '-' ~ var('cooldown_hours')) }}, false) as is_cooling_down,
        is_limited and (
            sent_7d >= {{ var('cap_per_week') }}
            or (channel = 'sms' and sent_sms_7d >= {{ var('cap_sms_per_week') }})
        ) as is_over_cap,
        is_limited and (
            {{ local_hour(as_of(), 'time_zone') }} >= {{ var('quiet_from_hour') }}
            or {{ local_hour(as_of(), 'time_zone') }} < {{ var('quiet_until_hour') }}
        ) as is_in_quiet_hours,
        purpose = 'marketing' and (
            holdout_bucket < {{ var('holdout_global_pct') }}
            or campaign_bucket < {{ var('holdout_campaign_pct') }}
        ) as is_in_holdout
    from facts
),

-- what nothing stands against so far competes, each with the others to its person and to its address;
-- the rest stands alone (`rival_group`), so that it neither wins nor loses
competing as (
    select
        *,
        case
            when
                is_limited and not (
                    is_suppressed or has_no_consent or is_unreachable
                    or is_contradicted or is_waiting_for_service or is_prediction_in_doubt
                    or is_cooling_down or is_over_cap
                )
                then ''
            else message_id
        end as rival_group
    from ruled
),

-- of these the first in priority goes; two persons behind one address are one here
ranked as (
    select
        *,
        row_number() over (
            partition by rival_group, profile_id
            order by priority asc, occurred_at desc, message_id asc
        ) as place_with_person,
        row_number() over (
            partition by rival_group, address
            order by priority asc, occurred_at desc, message_id asc
        ) as place_at_address
    from competing
)

select
    message_id,
    kind,
    priority,
    campaign,
    profile_id,
    occurred_at,
    occasion,
    channel,
    message,
    purpose,
    address,
    is_suppressed,
    has_no_consent,
    is_unreachable,
    is_contradicted,
    is_waiting_for_service,
    is_prediction_in_doubt,
    is_cooling_down,
    is_over_cap,
    place_with_person > 1 or place_at_address > 1 as is_outranked,
    is_in_quiet_hours,
    is_in_holdout,
    -- the first rule to object gives the reason; their order is the policy, and the holdout comes last, so that
    -- the control group and the treated are drawn from the same people
    case
        when is_suppressed then 'suppressed'
        when has_no_consent then 'no_consent'
        when is_unreachable then 'unreachable'
        when is_contradicted then 'contradicted'
        when is_waiting_for_service then 'waiting_for_service'
        when is_prediction_in_doubt then 'prediction_in_doubt'
        when is_cooling_down then 'cooling_down'
        when is_over_cap then 'over_cap'
        when place_with_person > 1 or place_at_address > 1 then 'outranked'
        when is_in_quiet_hours then 'quiet_hours'
        when is_in_holdout then 'holdout'
    end as reason,
    {{ as_of() }} as decided_at
from ranked
