with

decisions as (
    select * from {{ ref('decisions') }}
),

-- what would go but for its hour, an approval or the control group
asked as (
    select
        campaign,
        count(*) as asked_count,
        count(case
            when coalesce(reason, 'holdout') in ('quiet_hours', 'send_time', 'awaiting_approval', 'holdout') then 1
        end) as going_count,
        count(case when kind = 'membership' and reason is null then 1 end) as members_count
    from decisions
    group by campaign
),

-- worked out whole: inlined into the two comparisons, DuckDB 2.0 loses rows of them
members as {{ one_by_one() }} (
    select
        campaign as audience,
        profile_id
    from decisions
    where kind = 'membership' and reason is null
),

entering as (
    select
        members.audience,
        count(*) as entering_count
    from members
    left join {{ ref('int_members_known') }} as known
        on
            members.audience = known.audience
            and members.profile_id = known.profile_id
    where known.profile_id is null
    group by members.audience
),

leaving as (
    select
        known.audience,
        count(*) as leaving_count
    from {{ ref('int_members_known') }} as known
    left join members on known.audience = members.audience and known.profile_id = members.profile_id
    where members.profile_id is null
    group by known.audience
),

counted as (
    select
        limits.*,
        coalesce(asked.asked_count, 0) as asked_count,
        coalesce(asked.going_count, 0) as going_count,
        coalesce(asked.members_count, 0) as members_now_count,
        coalesce(entering.entering_count, 0) as entering_count,
        coalesce(leaving.leaving_count, 0) as leaving_count
    from {{ ref('campaign_limits') }} as limits
    left join asked on limits.campaign = asked.campaign
    left join entering on limits.campaign = entering.audience
    left join leaving on limits.campaign = leaving.audience
)

select
    campaign,
    kind,
    asked_count,
    case when kind = 'message' then going_count else 0 end as going_count,
    members_count as members_before_count,
    members_now_count as members_count,
    entering_count,
    leaving_count,
    case when kind = 'message' then going_count else entering_count + leaving_count end as change_count,
    case kind
        when 'message' then going_count > room_count
        else
            (coalesce(entering_count > most_count, false) or leaving_count > most_leaving_count)
            and entering_count + leaving_count > approved_left_count
    end as is_held,
    has_band,
    days_count,
    usual_count,
    usual_leaving_count,
    reachable_count,
    most_count,
    most_leaving_count,
    sent_today_count,
    {{ as_of() }} as decided_at
from counted
