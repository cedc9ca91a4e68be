with

-- a list that would change far more than ever stays as it was until somebody approves
held as (
    select campaign as audience
    from {{ ref('spikes') }}
    where kind = 'membership'
),

members as (
    select
        campaign as audience,
        profile_id
    from {{ ref('decisions') }}
    where kind = 'membership' and reason is null and campaign not in (select held.audience from held)
    union all
    select
        known.audience,
        known.profile_id
    from {{ ref('int_members_known') }} as known
    inner join held on known.audience = held.audience
),

-- what is foreseen of a person moves a little every day; it is sent as coarse as anybody acts on it, or every sync
-- would send everybody anew. The reasons have figures that move too: they are sent with the day that they are of, and
-- another reason is a change, another figure is none
coarse as (
    select
        profile_id,
        {% for column in ['churn_probability', 'p_purchase_30d', 'p_purchase_90d'] %}
        cast(round({{ column }} * 20) / 20 as decimal(4, 2)) as {{ column }},
        {%- endfor %}
        cast({{ two_digits('expected_spend_365d_amount') }} as bigint) as expected_spend_365d_amount,
        cast(date_trunc('week', next_order_on) as date) as next_order_week_on,
        send_hour,
        persona,
        because,
        because_of,
        cast(as_of as date) as predicted_on,
        buy_again,
        new_for_you
    from {{ ref('predictions') }}
),

described as (
    select
        members.audience,
        members.profile_id,
        profiles.email,
        profiles.phone,
        profiles.first_name,
        profiles.last_name,
        profiles.country_code,
        profiles.orders_count,
        profiles.revenue_amount,
        rfm.segment as rfm_segment,
        coarse.churn_probability,
        coarse.p_purchase_30d,
        coarse.p_purchase_90d,
        coarse.expected_spend_365d_amount,
        coarse.next_order_week_on,
        coarse.send_hour,
        coarse.persona,
        coarse.because,
        coarse.because_of,
        coarse.predicted_on,
        coarse.buy_again,
        coarse.new_for_you
    from members
    inner join {{ ref('profiles') }} as profiles on members.profile_id = profiles.profile_id
    left join {{ ref('rfm') }} as rfm on members.profile_id = rfm.profile_id
    left join coarse on members.profile_id = coarse.profile_id
)

select
    audience,
    profile_id,
    email,
    phone,
    first_name,
    last_name,
    country_code,
    orders_count,
    revenue_amount,
    rfm_segment,
    churn_probability,
    p_purchase_30d,
    p_purchase_90d,
    expected_spend_365d_amount,
    next_order_week_on,
    send_hour,
    persona,
    because,
    predicted_on,
    buy_again,
    new_for_you,
    md5(
        {%- set hashed = [
            'email', 'phone', 'first_name', 'last_name', 'country_code', 'orders_count', 'revenue_amount', 'rfm_segment',
            'churn_probability', 'p_purchase_30d', 'p_purchase_90d', 'expected_spend_365d_amount', 'next_order_week_on',
            'send_hour', 'persona', 'because_of', 'buy_again', 'new_for_you'
        ] -%}
        {%- for column in hashed %}
        coalesce(cast({{ column }} as varchar), ''){{ " || '|' ||" if not loop.last }}
        {%- endfor %}
    ) as row_hash
from described
