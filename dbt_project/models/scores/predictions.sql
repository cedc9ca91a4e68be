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
        {{ texts_joined("model || ': ' || reason", 'model') }} filter (where score is null) as not_scored_because
    from trusted
    group by profile_id
),

tastes as (
    select * from {{ ref('int_tastes_gathered') }}
),

-- somebody may have an hour and no order yet
explained as (
    select
        coalesce(gathered.profile_id, tastes.profile_id) as profile_id,
        coalesce(gathered.as_of, tastes.as_of) as as_of,
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
        tastes.next_order_on,
        tastes.next_order_from,
        tastes.next_order_until,
        tastes.send_hour,
        tastes.persona_id,
        tastes.persona,
        tastes.buy_again,
        tastes.new_for_you,
        {%- for place in [1, 2] %}
        {{ fact_of('gathered.because_' ~ place) }} as fact_{{ place }},
        case
            when gathered.effect_{{ place }} > 0 then ' (likelier to come back)'
            when gathered.effect_{{ place }} < 0 then ' (likelier to stay away)'
            else ''
        end as direction_{{ place }},
        {%- endfor %}
        -- what is always worth knowing, where the model gives no reasons of its own
        {{ fact_of("'rhythm'") }} as plain_facts
    from gathered
    full outer join tastes on gathered.profile_id = tastes.profile_id
    left join {{ ref('customer_features') }} as features on gathered.profile_id = features.profile_id
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
    next_order_on,
    next_order_from,
    next_order_until,
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
                'rhythm'
            )
    end as because_of,
    buy_again,
    new_for_you,
    not_scored_because
from explained
