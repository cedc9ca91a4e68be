with

-- a list that would change far more than ever stays as it was until somebody approves; one that nobody reviews, until
-- somebody does
held as (
    select campaign as audience
    from {{ ref('spikes') }}
    where kind = 'membership'
    union
    select campaign as audience
    from {{ ref('reviews_due') }}
    where kind = 'membership' and is_off
),

-- whoever may not be written to any more is taken off also there
refused as (
    select
        campaign as audience,
        profile_id
    from {{ ref('decisions') }}
    where kind = 'membership' and reason in ('suppressed', 'no_consent')
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
    left join refused on known.audience = refused.audience and known.profile_id = refused.profile_id
    where refused.profile_id is null
),

-- what the last run told of a person, whichever list it was for
told as (
    select
        profile_id,
        max(churn_probability) as churn_probability,
        max(p_purchase_30d) as p_purchase_30d,
        max(p_purchase_90d) as p_purchase_90d,
        max(expected_spend_365d_amount) as expected_spend_365d_amount,
        max(next_order_week_on) as next_order_week_on
    from {{ left_by_last_run('memberships', {
        'profile_id': 'varchar',
        'churn_probability': 'decimal(4, 2)',
        'p_purchase_30d': 'decimal(4, 2)',
        'p_purchase_90d': 'decimal(4, 2)',
        'expected_spend_365d_amount': 'bigint',
        'next_order_week_on': 'date'
    }) }} as left_by_last_run
    group by profile_id
),

-- what is foreseen moves a little every day; it is told as coarse as anybody acts on it, or every sync would send
-- everybody anew
coarse as (
    select
        predictions.profile_id,
        {% for column in ['churn_probability', 'p_purchase_30d', 'p_purchase_90d'] %}
        {{ told_chance('predictions.' ~ column, 'told.' ~ column) }} as {{ column }},
        {%- endfor %}
        {{ told_amount('predictions.expected_spend_365d_amount', 'told.expected_spend_365d_amount') }}
            as expected_spend_365d_amount,
        {{ told_week('predictions.next_order_on', 'told.next_order_week_on') }} as next_order_week_on,
        predictions.send_hour,
        predictions.persona,
        predictions.because,
        predictions.because_of,
        cast(predictions.as_of as date) as predicted_on,
        predictions.buy_again,
        predictions.new_for_you
    from {{ ref('predictions') }} as predictions
    left join told on predictions.profile_id = told.profile_id
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
    -- what makes a row another one. The reasons have figures that move every day: they are sent with the day that they
    -- are of, and another reason is a change, another figure is none. Of the shelves it is the first products whatever
    -- their order, and of what is new the best one: the rest is sent with what else changed
    md5(
        {%- set hashed = [
            'email', 'phone', 'first_name', 'last_name', 'country_code', 'orders_count', 'revenue_amount', 'rfm_segment',
            'churn_probability', 'p_purchase_30d', 'p_purchase_90d', 'expected_spend_365d_amount', 'next_order_week_on',
            'send_hour', 'persona', 'because_of', set_of_first('buy_again', 3), item_of('new_for_you', 1)
        ] -%}
        {%- for expression in hashed %}
        coalesce(cast({{ expression }} as varchar), ''){{ " || '|' ||" if not loop.last }}
        {%- endfor %}
    ) as row_hash
from described
