with

models as (
    {%- for name, outcome in score_models().items() %}
    select
        '{{ name }}' as model,
        '{{ outcome }}' as outcome
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

settled as (
    select * from {{ ref('int_scores_settled') }}
),

windows as (
    select
        model,
        max(served_at) as served_at,
        max(horizon_days) as horizon_days
    from settled
    group by model
),

-- by the ids of today; whoever is gone has no orders to be seen, and of two that turned out to be one nobody can say
-- whose they are
people as (
    select
        settled.model,
        settled.outcome,
        profile_ids.current_profile_id as profile_id,
        max(settled.score) as score,
        max(settled.fallback_score) as fallback_score
    from settled
    inner join {{ ref('profile_ids') }} as profile_ids on settled.profile_id = profile_ids.profile_id
    inner join {{ ref('profiles') }} as profiles on profile_ids.current_profile_id = profiles.profile_id
    group by settled.model, settled.outcome, profile_ids.current_profile_id
    having count(*) = 1
),

ordered as (
    select
        windows.model,
        orders.profile_id,
        count(*) as orders_count,
        sum(orders.net_amount) as net_amount
    from windows
    inner join {{ ref('orders') }} as orders
        on
            windows.served_at <= orders.ordered_at
            and {{ plus_days('windows.served_at', 'windows.horizon_days') }} > orders.ordered_at
    where orders.is_paid and orders.profile_id is not null
    group by windows.model, orders.profile_id
),

observed as (
    select
        people.*,
        case people.outcome
            when 'order' then case when ordered.profile_id is null then 0 else 1 end
            when 'no_order' then case when ordered.profile_id is null then 1 else 0 end
            when 'orders' then coalesce(ordered.orders_count, 0)
            else coalesce(cast(ordered.net_amount as double), 0)
        end as observed,
        people.outcome in ('order', 'no_order') as is_probability
    from people
    left join ordered on people.model = ordered.model and people.profile_id = ordered.profile_id
),

-- of a count or an amount nobody knows the spread beforehand: it is taken from how far the scores were off
compared as (
    select
        *,
        case when is_probability then score * (1 - score) else power(observed - score, 2) end as variance,
        case when is_probability then {{ log_loss('score', 'observed') }} end as log_loss,
        case when is_probability then {{ log_loss('fallback_score', 'observed') }} end as fallback_log_loss
    from observed
),

measured as (
    select
        model,
        count(*) as people_count,
        sum(score) as expected,
        cast(sum(observed) as double) as observed,
        sum(observed) / nullif(sum(score), 0) as observed_over_expected,
        (sum(observed) - sum(score)) / nullif(sqrt(sum(variance)), 0) as z,
        avg(log_loss) as log_loss,
        avg(fallback_log_loss) as fallback_log_loss,
        avg(log_loss - fallback_log_loss)
        / nullif(stddev_samp(log_loss - fallback_log_loss) / sqrt(count(log_loss - fallback_log_loss)), 0) as log_loss_z
    from compared
    group by model
),

-- either alarm wants an effect that matters and is none of chance, which also says whether there are people enough
judged as (
    select
        *,
        coalesce(
            abs(observed_over_expected - 1) > {{ var('drift')['share'] }} and abs(z) > {{ var('drift')['z'] }}, false
        ) as is_off,
        coalesce(
            log_loss > fallback_log_loss * (1 + {{ var('drift')['log_loss_share'] }})
            and log_loss_z > {{ var('drift')['log_loss_z'] }},
            false
        ) as is_worse
    from measured
)

select
    models.model,
    models.outcome,
    windows.served_at,
    windows.horizon_days,
    coalesce(judged.people_count, 0) as people_count,
    judged.expected,
    judged.observed,
    judged.observed_over_expected,
    judged.z,
    judged.log_loss,
    judged.fallback_log_loss,
    judged.log_loss_z,
    coalesce(judged.is_off or judged.is_worse, false) as is_alarmed,
    {{ drift_in_words() }} as words,
    {{ as_of() }} as judged_at
from models
left join windows on models.model = windows.model
left join judged on models.model = judged.model
