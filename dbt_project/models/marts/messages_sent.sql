with

-- what a provider took, or may have: an answer that was lost included
sent as (
    select
        message_id,
        campaign,
        profile_id,
        channel,
        destination,
        coalesce(finished_at, claimed_at) as sent_at
    from {{ ref('stg_feedback__deliveries') }}
    where
        status in ('accepted', 'unknown', 'sending')
        and coalesce(finished_at, claimed_at) <= {{ as_of() }}
),

-- a machine that fetches every picture and follows every link is no reader
answered as (
    select
        message_id,
        -- what was opened had arrived, also where the provider does not say so
        min(case when status in ('delivered', 'opened', 'clicked') then occurred_at end) as delivered_at,
        min(case when status in ('opened', 'clicked') and not is_machine then occurred_at end) as opened_at,
        min(case when status = 'clicked' and not is_machine then occurred_at end) as clicked_at,
        min(case when status in ('opened', 'clicked') and is_machine then occurred_at end) as machine_opened_at,
        min(case when status = 'clicked' and is_machine then occurred_at end) as machine_clicked_at,
        min(case when status = 'bounced' then occurred_at end) as bounced_at,
        min(case when status = 'unsubscribed' then occurred_at end) as unsubscribed_at,
        min(case when status = 'complained' then occurred_at end) as complained_at
    from {{ ref('stg_feedback__engagements') }}
    where message_id is not null and occurred_at <= {{ as_of() }}
    group by message_id
)

select
    sent.message_id,
    sent.campaign,
    profile_ids.current_profile_id as profile_id,
    sent.channel,
    sent.destination,
    sent.sent_at,
    answered.delivered_at,
    answered.opened_at,
    answered.clicked_at,
    answered.machine_opened_at,
    answered.machine_clicked_at,
    answered.bounced_at,
    answered.unsubscribed_at,
    answered.complained_at
from sent
left join {{ ref('profile_ids') }} as profile_ids on sent.profile_id = profile_ids.profile_id
left join answered on sent.message_id = answered.message_id
