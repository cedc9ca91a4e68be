{#- One file, though long: what is usual, what is new, and what was approved make one limit. -#}
{%- set spike = var('spike') -%}
{%- set today -%} cast({{ as_of() }} as date) {%- endset -%}

with

listed as (
    select
        audience,
        count(*) as members_count
    from {{ ref('int_members_known') }}
    group by audience
),

-- a request's purpose is its campaign's; transactional messages follow the orders, which have their own rushes
purposes as (
    select
        campaign,
        min(purpose) as purpose
    from {{ ref('candidates') }}
    group by campaign
),

campaigns as (
    select
        campaigns.campaign,
        campaigns.kind,
        case purposes.purpose
            when 'transactional' then {{ spike.times_transactional }}
            else {{ spike.times }}
        end as times
    from {{ ref('campaigns') }} as campaigns
    left join purposes on campaigns.campaign = purposes.campaign
),

-- what may have reached somebody, an answer that was lost included
sent as (
    select
        campaign,
        coalesce(finished_at, claimed_at) as sent_at,
        cast(coalesce(finished_at, claimed_at) as date) as sent_on
    from {{ ref('stg_feedback__deliveries') }}
    where status in ('accepted', 'unknown', 'sending')
),

-- days on which a campaign sent, and days on which a list was compared
measured as (
    select
        campaign,
        'going' as measure,
        sent_on as day_on,
        count(*) as amount
    from sent
    where sent_on < {{ today }}
    group by campaign, sent_on
    union all
    select
        campaign,
        'entering' as measure,
        run_on as day_on,
        entering_count as amount
    from {{ ref('int_campaign_history_known') }}
    where kind = 'membership' and not is_held
    union all
    select
        campaign,
        'leaving' as measure,
        run_on as day_on,
        leaving_count as amount
    from {{ ref('int_campaign_history_known') }}
    where kind = 'membership' and not is_held
),

middle as (
    select
        campaign,
        measure,
        count(*) as days_count,
        {{ median_of('amount') }} as usual_count
    from measured
    where day_on >= {{ plus_days(today, -spike.days) }}
    group by campaign, measure
),

-- the median and its deviations do not mind a few days that were far off; 1.4826 makes them standard deviations
bands as (
    select
        middle.campaign,
        middle.measure,
        middle.days_count,
        middle.usual_count,
        middle.usual_count
        + {{ spike.deviations }} * 1.4826 * {{ median_of('abs(measured.amount - middle.usual_count)') }} as band_count
    from middle
    inner join measured on middle.campaign = measured.campaign and middle.measure = measured.measure
    where measured.day_on >= {{ plus_days(today, -spike.days) }}
    group by middle.campaign, middle.measure, middle.days_count, middle.usual_count
),

-- of several approvals that hold the last one counts
approved as (
    select
        campaign,
        approved_count,
        approved_at
    from (
        select
            *,
            row_number() over (partition by campaign order by approved_at desc, approval_id desc) as place
        from {{ ref('stg_operator__approvals') }}
        where expires_at > {{ as_of() }}
    ) as holding
    where place = 1
),

sent_lately as (
    select
        sent.campaign,
        count(case when sent.sent_on = {{ today }} then 1 end) as today_count,
        count(case when sent.sent_at >= approved.approved_at then 1 end) as since_approval_count
    from sent
    left join approved on sent.campaign = approved.campaign
    where sent.sent_at >= {{ plus_days(today, -7) }}
    group by sent.campaign
),

people as (
    select count(distinct profile_id) as reachable_count
    from {{ ref('consents') }}
    where purpose = 'marketing' and is_granted
),

-- where no list was ever compared, all are filled for the first time
begun as (
    select count(*) > 0 as has_history
    from measured
    where measure = 'entering'
),

facts as (
    select
        campaigns.campaign,
        campaigns.kind,
        campaigns.times,
        coalesce(going.days_count, entering.days_count, 0) as days_count,
        coalesce(going.usual_count, entering.usual_count) as usual_count,
        coalesce(going.band_count, entering.band_count) as band_count,
        leaving.usual_count as usual_leaving_count,
        leaving.band_count as band_leaving_count,
        coalesce(listed.members_count, 0) as members_count,
        people.reachable_count,
        begun.has_history,
        coalesce(sent_lately.today_count, 0) as sent_today_count,
        approved.approved_count,
        coalesce(sent_lately.since_approval_count, 0) as sent_since_approval_count
    from campaigns
    cross join people
    cross join begun
    left join bands as going
        on campaigns.kind = 'message' and campaigns.campaign = going.campaign and going.measure = 'going'
    left join bands as entering
        on campaigns.kind = 'membership' and campaigns.campaign = entering.campaign and entering.measure = 'entering'
    left join bands as leaving
        on campaigns.kind = 'membership' and campaigns.campaign = leaving.campaign and leaving.measure = 'leaving'
    left join listed on campaigns.campaign = listed.audience and campaigns.kind = 'membership'
    left join approved on campaigns.campaign = approved.campaign
    left join sent_lately on campaigns.campaign = sent_lately.campaign
),

limited as (
    select
        *,
        days_count >= {{ spike.least_days }} as has_band,
        cast(ceil(case
            when days_count >= {{ spike.least_days }}
                then
                    greatest(
                        {{ spike.least }}, times * usual_count, band_count, {{ spike.list_share }} * members_count
                    )
            when kind = 'message' or has_history
                then greatest({{ spike.least }}, {{ spike.new_share }} * reachable_count)
        end) as bigint) as most_count,
        cast(ceil(case
            when kind = 'message' then 0
            when days_count >= {{ spike.least_days }}
                then
                    greatest(
                        {{ spike.least }},
                        times * usual_leaving_count,
                        band_leaving_count,
                        {{ spike.list_share }} * members_count
                    )
            else greatest({{ spike.least }}, {{ spike.new_share }} * members_count)
        end) as bigint) as most_leaving_count
    from facts
)

select
    campaign,
    kind,
    days_count,
    has_band,
    cast(round(usual_count) as bigint) as usual_count,
    cast(round(usual_leaving_count) as bigint) as usual_leaving_count,
    members_count,
    reachable_count,
    most_count,
    most_leaving_count,
    sent_today_count,
    coalesce(approved_count - sent_since_approval_count, 0) as approved_left_count,
    -- what was sent under an approval takes nothing from the usual share of the day
    greatest(
        most_count - greatest(sent_today_count - coalesce(approved_count, 0), 0),
        coalesce(approved_count - sent_since_approval_count, 0)
    ) as room_count
from limited
