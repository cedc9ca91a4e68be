{#- One file, though a little long: what is asked for, by which channel, and in which variant. -#}
with

-- what was not tried yet; and by the other channel what came back, where any channel would do
open_requests as (
    select
        requested.*,
        tried.first_channel as came_back_from
    from {{ ref('int_requests_gathered') }} as requested
    left join {{ ref('int_requests_tried') }} as tried
        on
            requested.campaign = tried.campaign
            and requested.profile_id = tried.profile_id
            and requested.occasion = tried.occasion
    where
        tried.campaign is null
        or (requested.asked_channel = 'best' and tried.has_come_back and not tried.is_tried_twice)
),

agreed as (
    select
        profile_id,
        purpose,
        max(case when channel = 'email' and is_granted then 1 else 0 end) as email_granted,
        max(case when channel = 'email' and not is_granted then 1 else 0 end) as email_refused,
        max(case when channel = 'sms' and is_granted then 1 else 0 end) as sms_granted,
        max(case when channel = 'sms' and not is_granted then 1 else 0 end) as sms_refused
    from {{ ref('consents') }}
    group by profile_id, purpose
),

clicked as (
    select
        profile_id,
        max(case when channel = 'email' then cast(clicked_90d as double) / sent_90d end) as email_share,
        max(case when channel = 'sms' then cast(clicked_90d as double) / sent_90d end) as sms_share
    from {{ ref('customer_engagement') }}
    where clicked_90d > 0 and sent_90d > 0
    group by profile_id
),

-- where each may be reached: an address, nothing against it, and consent (silence is a no for marketing alone)
reachable as (
    select
        open_requests.*,
        golden_records.preferred_channel as stated_channel,
        profiles.email is not null
        and not profiles.is_email_suppressed
        and case
            when open_requests.purpose = 'transactional' then coalesce(agreed.email_refused, 0) = 0
            else coalesce(agreed.email_granted, 0) = 1
        end as may_use_email,
        profiles.phone is not null
        and not profiles.is_sms_suppressed
        and case
            when open_requests.purpose = 'transactional' then coalesce(agreed.sms_refused, 0) = 0
            else coalesce(agreed.sms_granted, 0) = 1
        end as may_use_sms,
        coalesce(clicked.email_share, 0) as email_share,
        coalesce(clicked.sms_share, 0) as sms_share,
        drawn.experiment as drawn_experiment,
        drawn.variant as drawn_variant,
        drawn.variant_bucket,
        drawn.content,
        drawn.variant_channel,
        drawn.variant_hour,
        drawn.offer,
        drawn.needs_email,
        drawn.needs_sms,
        drawn.needs_usual
    from open_requests
    inner join {{ ref('profiles') }} as profiles on open_requests.profile_id = profiles.profile_id
    left join {{ ref('golden_records') }} as golden_records on open_requests.profile_id = golden_records.profile_id
    left join agreed
        on
            open_requests.profile_id = agreed.profile_id
            and open_requests.purpose = agreed.purpose
    left join clicked on open_requests.profile_id = clicked.profile_id
    left join {{ ref('int_variants_drawn') }} as drawn
        on
            open_requests.campaign = drawn.campaign
            and open_requests.profile_id = drawn.profile_id
),

-- arms of different channels are drawn from the same people: who cannot be reached by each of them is in none
varied as (
    select
        *,
        coalesce(
            (may_use_email or not (needs_email or (needs_usual and asked_channel = 'email')))
            and (may_use_sms or not (needs_sms or (needs_usual and asked_channel = 'sms'))),
            false
        ) as is_varied,
        needs_email or needs_sms as is_of_channels
    from reachable
),

chosen as (
    select
        *,
        case
            when is_varied and variant_channel is not null and came_back_from is null then 'tried on the person'
            when asked_channel <> 'best' then 'asked for by the campaign'
            when came_back_from is not null then 'the first one bounced'
            when stated_channel = 'email' and may_use_email then 'preferred by the person'
            when stated_channel = 'sms' and may_use_sms then 'preferred by the person'
            when may_use_email <> may_use_sms then 'the only one that may be used'
            when not may_use_email then 'none may be used'
            when email_share <> sms_share then 'clicked most'
            when is_urgent then 'urgent'
            else 'not urgent'
        end as channel_because
    from varied
)

select
    {{ message_id('campaign', 'profile_id', 'occasion_now') }} as message_id,
    kind,
    priority,
    campaign,
    scenario,
    profile_id,
    occurred_at,
    occasion_now as occasion,
    product_id,
    case
        when is_varied and offer is not null then {{ json_merged("coalesce(tokens, '{}')", 'offer') }}
        else tokens
    end as tokens,
    case when is_varied then drawn_experiment end as experiment,
    case when is_varied then drawn_variant end as variant,
    case when is_varied then variant_bucket end as variant_bucket,
    case when is_varied then content end as content,
    case when is_varied then variant_hour end as variant_hour,
    coalesce(is_varied and is_of_channels, false) as is_of_channels,
    asked_channel,
    case channel_because
        when 'tried on the person' then variant_channel
        when 'asked for by the campaign' then asked_channel
        when 'the first one bounced' then case came_back_from when 'email' then 'sms' else 'email' end
        when 'preferred by the person' then stated_channel
        when 'the only one that may be used' then case when may_use_sms then 'sms' else 'email' end
        when 'none may be used' then case stated_channel when 'sms' then 'sms' else 'email' end
        when 'clicked most' then case when sms_share > email_share then 'sms' else 'email' end
        when 'urgent' then 'sms'
        else 'email'
    end as channel,
    channel_because,
    message,
    purpose,
    is_urgent,
    is_void_after_order,
    is_void_after_return,
    is_void_while_ticket
from (
    select
        *,
        case when came_back_from is null then occasion else {{ second_occasion('occasion') }} end as occasion_now
    from chosen
) as named
