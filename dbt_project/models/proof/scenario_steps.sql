{%- set sequences = var('sequences') -%}
with

-- the steps of a scenario, in the order of the variable triggers
steps as (
    {{ steps_of(sequences.scenarios) }}
),

sent as (
    select
        steps.scenario,
        steps.step,
        steps.campaign,
        steps.next_campaign,
        results.message_id,
        coalesce(results.profile_id, results.message_id) as reader,
        results.sent_at,
        results.delivered_at,
        results.opened_at,
        results.clicked_at,
        results.last_click_orders_count + results.last_touch_orders_count > 0 as is_ordered,
        coalesce(results.unsubscribed_at, results.complained_at) is not null as is_left
    from {{ ref('message_results') }} as results
    inner join steps on results.campaign = steps.campaign
    where results.sent_at > {{ plus_days(as_of(), -sequences.days) }}
),

-- the next message of the scenario to the same person: where it is an earlier step or the same, it has begun anew
followed as (
    select
        *,
        lead(step) over (partition by scenario, reader order by sent_at, step, message_id) as step_after,
        lead(sent_at) over (partition by scenario, reader order by sent_at, step, message_id) as sent_after_at
    from sent
),

gone_on as (
    select
        *,
        coalesce(step_after > step, false) as is_gone_on,
        case
            when step_after > step then {{ minutes_between('sent_at', 'sent_after_at') }} / 1440.0
        end as days_to_next
    from followed
),

paced as (
    select
        campaign,
        {{ median_of('days_to_next') }} as median_days
    from gone_on
    group by campaign
)

select
    gone_on.scenario,
    gone_on.step,
    gone_on.campaign,
    gone_on.next_campaign,
    count(distinct gone_on.reader) as people_count,
    count(*) as sent_count,
    count(gone_on.delivered_at) as delivered_count,
    count(gone_on.opened_at) as opened_count,
    count(gone_on.clicked_at) as clicked_count,
    count(case when gone_on.is_ordered then 1 end) as ordered_count,
    count(case when gone_on.is_left then 1 end) as left_count,
    case
        when gone_on.next_campaign is not null then count(case when gone_on.is_gone_on then 1 end)
    end as gone_on_count,
    case
        when gone_on.next_campaign is not null
            then count(
                case
                    when gone_on.is_gone_on or gone_on.is_ordered or gone_on.is_left then null
                    when paced.median_days is null then 1
                    when {{ minutes_between('gone_on.sent_at', as_of()) }} / 1440.0 <= 3 * paced.median_days then 1
                end
            )
    end as waiting_count,
    cast(max(paced.median_days) as double) as median_days_to_next
from gone_on
left join paced on gone_on.campaign = paced.campaign
group by gone_on.scenario, gone_on.step, gone_on.campaign, gone_on.next_campaign
