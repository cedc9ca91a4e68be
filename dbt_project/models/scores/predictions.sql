with

-- all models below each other: a person's predictions are gathered in one pass, however many models there are
said as (
    {%- for name in score_models() %}
    select
        '{{ name }}' as model,
        profile_id,
        as_of,
        horizon_days,
        score,
        score_365d,
        because_1,
        because_1_effect,
        because_2,
        because_2_effect,
        reason
    from {{ latest_scores(name) }} as latest_{{ name }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- what is in doubt is not passed on; the reason says so
trusted as (
    select
        said.model,
        said.profile_id,
        said.as_of,
        said.horizon_days,
        case when not coalesce(drift.is_alarmed, false) then said.score end as score,
        case when not coalesce(drift.is_alarmed, false) then said.score_365d end as score_365d,
        said.because_1,
        said.because_1_effect,
        said.because_2,
        said.because_2_effect,
        case when drift.is_alarmed then 'in doubt, see scores.drift' else said.reason end as reason
    from said
    left join {{ ref('drift') }} as drift on said.model = drift.model
),

-- the reasons are those of churn, else of the next 30 days; `effect` is on coming back
gathered as (
    select
        profile_id,
        max(as_of) as as_of,
        max(case when model = 'purchase_30d' then score end) as p_purchase_30d,
        max(case when model = 'purchase_90d' then score end) as p_purchase_90d,
        max(case when model = 'churn' then score end) as churn_probability,
        max(case when model = 'churn' then horizon_days end) as churn_horizon_days,
        max(case when model = 'expected_orders' then score end) as expected_orders_90d,
        max(case when model = 'expected_spend' then score end) as expected_spend_90d_amount,
        max(case when model = 'expected_spend' then score_365d end) as expected_spend_365d_amount,
        {%- for place in [1, 2] %}
        coalesce(
            max(case when model = 'churn' and score is not null then because_{{ place }} end),
            max(case when model = 'purchase_30d' and score is not null then because_{{ place }} end)
        ) as because_{{ place }},
        coalesce(
            max(case when model = 'churn' and score is not null then -because_{{ place }}_effect end),
            max(case when model = 'purchase_30d' and score is not null then because_{{ place }}_effect end)
        ) as effect_{{ place }},
        {%- endfor %}
        max(case when model in ('churn', 'purchase_30d') then score end) is not null as is_explained,
        {{ texts_joined("case when score is null then model || ': ' || reason end", 'model') }} as not_scored_because
    from trusted
    group by profile_id
),

dates as (
    select
        profile_id,
        as_of,
        expected_on,
        earliest_on,
        latest_on
    from {{ latest_scores('next_order_date') }} as latest_dates
),

hours as (
    select
        profile_id,
        as_of,
        send_hour
    from {{ latest_scores('send_hour') }} as latest_hours
),

kinds as (
    select
        profile_id,
        as_of,
        persona_id,
        persona
    from {{ latest_scores('personas') }} as latest_kinds
),

-- somebody may have an hour and no order yet
people as (
    select
        profile_id,
        max(as_of) as as_of
    from (
        select
            profile_id,
            as_of
        from gathered
        union all
        select
            profile_id,
            as_of
        from dates
        union all
        select
            profile_id,
            as_of
        from hours
        union all
        select
            profile_id,
            as_of
        from kinds
    ) as looked_at
    group by profile_id
),

explained as (
    select
        people.profile_id,
        people.as_of,
        gathered.p_purchase_30d,
        gathered.p_purchase_90d,
        gathered.churn_probability,
        gathered.churn_horizon_days,
        gathered.expected_orders_90d,
        gathered.expected_spend_90d_amount,
        gathered.expected_spend_365d_amount,
        gathered.because_1,
        gathered.because_2,
        gathered.is_explained,
        gathered.not_scored_because,
        dates.expected_on,
        dates.earliest_on,
        dates.latest_on,
        hours.send_hour,
        kinds.persona_id,
        kinds.persona,
        {%- for place in [1, 2] %}
        {{ fact_of('gathered.because_' ~ place) }} as fact_{{ place }},
        case
            when gathered.effect_{{ place }} > 0 then ' (likelier to come back)'
            when gathered.effect_{{ place }} < 0 then ' (likelier to stay away)'
            else ''
        end as direction_{{ place }},
        {%- endfor %}
        -- what is always worth knowing, where the model gives no reasons of its own
        {{ fact_of("'recency'") }} || '; ' || {{ fact_of("'frequency'") }} as plain_facts
    from people
    left join gathered on people.profile_id = gathered.profile_id
    left join dates on people.profile_id = dates.profile_id
    left join hours on people.profile_id = hours.profile_id
    left join kinds on people.profile_id = kinds.profile_id
    left join {{ ref('customer_features') }} as features on people.profile_id = features.profile_id
)

select
    profile_id,
    as_of,
    p_purchase_30d,
    p_purchase_90d,
    churn_probability,
    churn_horizon_days,
    expected_orders_90d,
    expected_spend_90d_amount,
    expected_spend_365d_amount,
    expected_on as next_order_on,
    earliest_on as next_order_from,
    latest_on as next_order_until,
    send_hour,
    persona_id,
    persona,
    case
        when is_explained
            then coalesce(fact_1 || direction_1 || coalesce('; ' || fact_2 || direction_2, ''), plain_facts)
    end as because,
    case
        when is_explained
            then coalesce(
                because_1 || direction_1 || coalesce('; ' || because_2 || direction_2, ''),
                'recency; frequency'
            )
    end as because_of,
    cast(null as varchar[]) as buy_again,
    cast(null as varchar[]) as new_for_you,
    not_scored_because
from explained
