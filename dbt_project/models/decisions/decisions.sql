{#- One file, though long: the rules and their order are the policy, to be read from top to bottom. -#}
{%- set send_time = var('send_time') -%}
with

candidates as (
    select * from {{ ref('candidates') }}
),

-- the number in the draw of the campaign's own control group: the smallest over all ids that the person ever had
drawn as (
    select
        candidates.message_id,
        min({{ share_of("candidates.campaign || ':' || profile_ids.profile_id") }}) as campaign_bucket
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

sold_out as (
    select distinct product_id
    from {{ ref('stg_all__products') }}
    where stock_quantity <= 0
),

-- the triggers and audiences that read a score in doubt
doubted as (
    select
        campaigns.campaign,
        {{ texts_joined('campaigns.model', 'campaigns.model') }} as doubted_models
    from ({{ scores_of_campaigns() }}) as campaigns
    inner join {{ ref('drift') }} as drift on campaigns.model = drift.model
    where drift.is_alarmed
    group by campaigns.campaign
),

-- what the clocks show: reckoned once for each zone
zones as (
    select
        time_zone,
        {{ local_hour(as_of(), 'time_zone') }} as hour_now,
        {{ local_minute(as_of(), 'time_zone') }} as minute_now
    from (select distinct time_zone from {{ ref('profiles') }}) as listed
),

facts as (
    select
        candidates.*,
        campaigns.rule_version,
        campaigns.review_on,
        campaigns.off_on,
        coalesce(campaigns.holdout_pct, {{ var('holdout_campaign_pct') }}) as holdout_pct,
        doubted.campaign is not null as reads_doubted_score,
        doubted.doubted_models,
        sold_out.product_id is not null as is_sold_out,
        profiles.holdout_bucket,
        profiles.has_open_complaint,
        profiles.open_tickets_count,
        profiles.time_zone,
        zones.hour_now,
        zones.minute_now,
        -- greatest and least leave NULLs out: without a known hour there is none to wait for
        case
            when candidates.variant_hour is not null then candidates.variant_hour
            when predictions.send_hour is not null
                then greatest(least(predictions.send_hour, {{ send_time.until_hour }}), {{ send_time.from_hour }})
        end as best_hour,
        drawn.campaign_bucket,
        case candidates.channel when 'sms' then profiles.phone else profiles.email end as address,
        case candidates.channel
            when 'sms' then profiles.is_sms_suppressed
            else profiles.is_email_suppressed
        end as is_channel_suppressed,
        suppressions.reason as suppressed_by,
        suppressions.since_at as suppressed_since_at,
        coalesce(consents.is_granted, candidates.purpose = 'transactional') as has_consent,
        consents.stated_at as consent_stated_at,
        orders.last_order_at,
        orders.last_refund_at,
        {%- for channel in ['all', 'email', 'sms'] %}
        {%- for span in ['24h', '7d'] %}
        coalesce(counted.sent_{{ channel }}_{{ span }}, 0) as sent_{{ channel }}_{{ span }},
        {%- endfor %}
        {%- endfor %}
        entered.last_sent_at as last_similar_at,
        cast(round({{ var('cooldown_hours') }} * 60 * coalesce(fatigue.cooldown_factor, 1)) as bigint)
            as cooldown_minutes,
        fatigue.because as tired_because,
        candidates.kind = 'message' and candidates.purpose = 'marketing' as is_limited
    from candidates
    inner join {{ ref('profiles') }} as profiles on candidates.profile_id = profiles.profile_id
    left join zones on profiles.time_zone = zones.time_zone
    left join {{ ref('campaigns') }} as campaigns on candidates.campaign = campaigns.campaign
    left join doubted on candidates.campaign = doubted.campaign
    left join sold_out on candidates.product_id = sold_out.product_id
    left join {{ ref('predictions') }} as predictions on candidates.profile_id = predictions.profile_id
    left join drawn on candidates.message_id = drawn.message_id
    left join {{ ref('consents') }} as consents
        on
            candidates.profile_id = consents.profile_id
            and candidates.channel = consents.channel
            and candidates.purpose = consents.purpose
    left join {{ ref('suppressions') }} as suppressions
        on
            candidates.profile_id = suppressions.profile_id
            and candidates.channel = suppressions.channel
    left join orders on candidates.profile_id = orders.profile_id
    left join {{ ref('int_messages_counted') }} as counted on candidates.profile_id = counted.profile_id
    left join {{ ref('int_scenarios_entered') }} as entered
        on
            candidates.profile_id = entered.profile_id
            and candidates.scenario = entered.scenario
    left join {{ ref('fatigue') }} as fatigue on candidates.profile_id = fatigue.profile_id
),

-- one column a rule; each of these looks at the candidate alone
ruled as (
    select
        *,
        is_channel_suppressed as is_suppressed,
        not has_consent as has_no_consent,
        address is null as is_unreachable,
        -- of a list nobody is taken off by it: decisions.memberships keeps it as it is
        is_limited and coalesce(off_on <= cast({{ as_of() }} as date), false) as is_review_overdue,
        is_void_after_order and coalesce(last_order_at >= occurred_at, false) as is_ordered_since,
        is_void_after_return and coalesce(last_refund_at >= occurred_at, false) as is_returned_since,
        is_limited and is_sold_out as is_out_of_stock,
        (purpose = 'marketing' and {{ waits_for_service() }})
        or (is_void_while_ticket and coalesce(open_tickets_count > 0, false)) as is_waiting_for_service,
        -- a membership stays what it was: to hold it back would take the person off the list
        kind = 'message' and reads_doubted_score as is_prediction_in_doubt,
        is_limited and coalesce(
            last_similar_at > {{ plus_minutes(as_of(), '-cooldown_minutes') }}, false
        ) as is_cooling_down,
        is_limited and (
            false
            {%- for cap in caps() %}
            or ({{ cap.reached }})
            {%- endfor %}
        ) as is_over_cap,
        is_limited and {{ is_quiet('hour_now') }} as is_in_quiet_hours,
        is_limited
        and not is_urgent
        and coalesce(hour_now <> best_hour, false)
        and occurred_at > {{ plus_hours(as_of(), '-' ~ send_time.wait_hours) }} as is_before_send_time,
        purpose = 'marketing' and holdout_bucket < {{ var('holdout_global_pct') }} / 100.0 as is_in_global_holdout,
        purpose = 'marketing' and (
            holdout_bucket < {{ var('holdout_global_pct') }} / 100.0
            or campaign_bucket < holdout_pct / 100.0
        ) as is_in_holdout
    from facts
),

-- what is at work on whom: it asks now and has a reason, or was heard of lately
at_work as (
    select
        profile_id,
        scenario,
        cast(null as timestamp) as heard_at
    from ruled
    where
        kind = 'message'
        and not (
            is_suppressed or has_no_consent or is_unreachable or is_review_overdue
            or is_ordered_since or is_returned_since or is_out_of_stock or is_waiting_for_service
        )
    union all
    select
        profile_id,
        scenario,
        last_sent_at as heard_at
    from {{ ref('int_scenarios_entered') }}
    where last_sent_at > {{ plus_hours(as_of(), '-' ~ var('scenario_hours')) }}
),

yielding as (
    {{ stronger_scenarios() }}
),

stronger as (
    select
        at_work.profile_id,
        yielding.scenario,
        min(case when at_work.heard_at is null then at_work.scenario end) as asking_scenario,
        {{ latest_value('at_work.scenario', 'at_work.heard_at') }} as heard_scenario,
        max(at_work.heard_at) as heard_at
    from at_work
    inner join yielding on at_work.scenario = yielding.stronger_scenario
    group by at_work.profile_id, yielding.scenario
),

-- what nothing stands against so far competes, each with the others to its person and to its address
competing as (
    select
        ruled.*,
        stronger.asking_scenario,
        stronger.heard_scenario,
        stronger.heard_at,
        ruled.is_limited and stronger.profile_id is not null as is_in_stronger_scenario,
        ruled.is_limited and stronger.profile_id is null and not (
            ruled.is_suppressed or ruled.has_no_consent or ruled.is_unreachable or ruled.is_review_overdue
            or ruled.is_ordered_since or ruled.is_returned_since or ruled.is_out_of_stock
            or ruled.is_waiting_for_service or ruled.is_prediction_in_doubt
            or ruled.is_cooling_down or ruled.is_over_cap
        ) as is_competing
    from ruled
    left join stronger
        on
            ruled.profile_id = stronger.profile_id
            and ruled.scenario = stronger.scenario
),

-- of these the first in priority goes; two persons behind one address are one here. Only what ranks them is sorted
placed as (
    select
        message_id,
        row_number() over (
            partition by profile_id
            order by priority asc, occurred_at desc, message_id asc
        ) as place_with_person,
        first_value(campaign) over (
            partition by profile_id
            order by priority asc, occurred_at desc, message_id asc
        ) as first_with_person,
        row_number() over (
            partition by address
            order by priority asc, occurred_at desc, message_id asc
        ) as place_at_address,
        first_value(campaign) over (
            partition by address
            order by priority asc, occurred_at desc, message_id asc
        ) as first_at_address
    from competing
    where is_competing
),

-- the rest neither wins nor loses
ranked as (
    select
        competing.*,
        coalesce(placed.place_with_person, 1) as place_with_person,
        placed.first_with_person,
        coalesce(placed.place_at_address, 1) as place_at_address,
        placed.first_at_address
    from competing
    left join placed on competing.message_id = placed.message_id
),

-- the messages of a campaign that only their hour or the control group stands against: more than it may send, and all
-- of it waits
going as (
    select
        campaign,
        count(*) as going_count
    from ranked
    where
        kind = 'message'
        and place_with_person = 1
        and place_at_address = 1
        and not (
            is_suppressed or has_no_consent or is_unreachable or is_review_overdue
            or is_ordered_since or is_returned_since or is_out_of_stock or is_waiting_for_service
            or is_in_stronger_scenario or is_prediction_in_doubt or is_cooling_down or is_over_cap
        )
    group by campaign
),

weighed as (
    select
        ranked.*,
        ranked.place_with_person > 1 or ranked.place_at_address > 1 as is_outranked,
        ranked.kind = 'message' and coalesce(going.going_count > limits.room_count, false) as is_awaiting_approval,
        going.going_count,
        limits.room_count
    from ranked
    left join going on ranked.campaign = going.campaign
    left join {{ ref('campaign_limits') }} as limits on ranked.campaign = limits.campaign
)

select
    message_id,
    kind,
    priority,
    campaign,
    scenario,
    profile_id,
    occurred_at,
    occasion,
    product_id,
    tokens,
    channel,
    channel_because,
    message,
    case when not is_in_holdout then experiment end as experiment,
    case when not is_in_holdout then variant end as variant,
    content,
    purpose,
    address,
    is_void_after_order,
    is_void_after_return,
    is_void_while_ticket,
    is_suppressed,
    has_no_consent,
    is_unreachable,
    is_review_overdue,
    is_ordered_since,
    is_returned_since,
    is_out_of_stock,
    is_waiting_for_service,
    is_in_stronger_scenario,
    is_prediction_in_doubt,
    is_cooling_down,
    is_over_cap,
    is_outranked,
    is_in_quiet_hours,
    is_before_send_time,
    is_awaiting_approval,
    is_in_global_holdout,
    is_in_holdout,
    -- the first rule to object gives the reason; their order is the policy, and the holdout comes last, so that
    -- the control group and the treated are drawn from the same people
    case
        when is_suppressed then 'suppressed'
        when has_no_consent then 'no_consent'
        when is_unreachable then 'unreachable'
        when is_review_overdue then 'review_overdue'
        when is_ordered_since then 'ordered_since'
        when is_returned_since then 'returned_since'
        when is_out_of_stock then 'out_of_stock'
        when is_waiting_for_service then 'waiting_for_service'
        when is_in_stronger_scenario then 'in_stronger_scenario'
        when is_prediction_in_doubt then 'prediction_in_doubt'
        when is_cooling_down then 'cooling_down'
        when is_over_cap then 'over_cap'
        when is_outranked then 'outranked'
        when is_in_quiet_hours then 'quiet_hours'
        when is_before_send_time then 'send_time'
        when is_awaiting_approval then 'awaiting_approval'
        when is_in_holdout then 'holdout'
    end as reason,
    {{ because_of_decision() }} as because,
    rule_version,
    holdout_bucket,
    campaign_bucket,
    variant_bucket,
    {{ as_of() }} as decided_at
from weighed
