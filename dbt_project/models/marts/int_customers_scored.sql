-- depends_on: {{ ref('int_months_counted') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ forget_months() }}",
        post_hook="{{ remember_months() }}"
    )
}}
{%- set first = first_month_changed() %}
with

months as (
    select
        month,
        moment_date
    from {{ ref('int_months_counted') }}
    {%- if is_incremental() %}
    where month >= {{ plus_months(first, -1) }}
    {%- endif %}
),

-- what each customer had done by the end of each month, and by the end of the month before
held as (
    select
        bought.profile_id,
        months.month,
        months.moment_date,
        cast(bought.last_order_at as date) as last_order_date,
        bought.total_orders_count as orders_count,
        bought.total_net_amount as revenue_amount,
        cast(
            case when bought.month < months.month then bought.last_order_at else bought.previous_order_at end as date
        ) as previous_order_date,
        case
            when bought.month < months.month then bought.total_orders_count
            when bought.previous_order_at is not null then bought.total_orders_count - bought.orders_count
        end as previous_orders_count,
        case
            when bought.month < months.month then bought.total_net_amount
            when bought.previous_order_at is not null then bought.total_net_amount - bought.net_amount
        end as previous_revenue_amount
    from months
    inner join {{ ref('int_customer_months') }} as bought
        on
            months.month >= bought.month
            and (bought.until_month is null or months.month < bought.until_month)
),

cuts as (
    {{ rfm_cuts('held') }}
)

select
    held.month,
    held.profile_id,
    cast({{ rfm_score('held.last_order_date', 'cuts.recency_cuts') }} as smallint) as r_score,
    cast({{ rfm_score('held.orders_count', 'cuts.orders_cuts') }} as smallint) as f_score,
    cast({{ rfm_score('held.revenue_amount', 'cuts.revenue_cuts') }} as smallint) as m_score,
    cast({{ rfm_score('held.previous_order_date', 'before.recency_cuts') }} as smallint) as previous_r_score,
    cast({{ rfm_score('held.previous_orders_count', 'before.orders_cuts') }} as smallint) as previous_f_score,
    cast({{ rfm_score('held.previous_revenue_amount', 'before.revenue_cuts') }} as smallint) as previous_m_score
from held
inner join cuts on held.month = cuts.month
left join cuts as before on held.month = {{ plus_months('before.month', 1) }}
{%- if is_incremental() %}
where held.month >= {{ first }}
{%- endif %}
