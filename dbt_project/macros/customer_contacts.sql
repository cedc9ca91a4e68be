{#- What people were sent by e-mail and did with it, and what they asked the customer service, in the year before each origin; one row per
    origin and person. Parts of customer_features. -#}

{#- A message of ours is both sent and delivered, and counts once; a second open of it is no second open, and a machine's is none. -#}
{% macro customer_emails(seen) -%}
with

messages as (
    select
        origins.as_of,
        engagements.profile_id,
        coalesce(engagements.message_id, engagements.event_id) as message_id,
        max(case when engagements.status = 'clicked' then engagements.occurred_at end) as last_click_at,
        {%- for name, condition in [
            ('emails', "engagements.status in ('sent', 'delivered')"),
            ('email_opens', "engagements.status = 'opened'"),
            ('email_clicks', "engagements.status = 'clicked'")
        ] %}
        max(
            case when {{ condition }} and {{ in_last(90, 'engagements.occurred_at') }} then 1 else 0 end
        ) as {{ name }}_90d{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('profile_engagements') }} as engagements
    {{ seen_at(seen, 'engagements', 'occurred_at') }}
            and {{ in_last(365, 'engagements.occurred_at') }}
    where
        engagements.channel = 'email'
        and engagements.profile_id is not null
        and engagements.status in ('sent', 'delivered', 'opened', 'clicked')
        and not engagements.is_machine
    group by origins.as_of, engagements.profile_id, coalesce(engagements.message_id, engagements.event_id)
)

select
    as_of,
    profile_id,
    max(last_click_at) as last_click_at,
    sum(emails_90d) as emails_90d,
    sum(email_opens_90d) as email_opens_90d,
    sum(email_clicks_90d) as email_clicks_90d
from messages
group by as_of, profile_id
{%- endmacro %}

{% macro customer_tickets(seen) -%}
select
    origins.as_of,
    tickets.profile_id,
    max(tickets.opened_at) as last_ticket_at,
    count(case when {{ in_last(180, 'tickets.opened_at') }} then 1 end) as tickets_180d,
    count(case when tickets.is_complaint and {{ in_last(180, 'tickets.opened_at') }} then 1 end) as complaints_180d
from {{ ref('profile_tickets') }} as tickets
{{ seen_at(seen, 'tickets', 'opened_at') }}
            and {{ in_last(365, 'tickets.opened_at') }}
where tickets.profile_id is not null
group by origins.as_of, tickets.profile_id
{%- endmacro %}
