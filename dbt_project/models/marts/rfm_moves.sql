{{ config(materialized='view') }}

with

-- by their scores first: a few thousand rows are named, not one for each customer and month
counted as (
    select
        month,
        r_score,
        f_score,
        m_score,
        previous_r_score,
        previous_f_score,
        previous_m_score,
        count(*) as customers_count
    from {{ ref('int_customers_scored') }}
    group by month, r_score, f_score, m_score, previous_r_score, previous_f_score, previous_m_score
),

segments as (
    select * from {{ ref('rfm_segments') }}
),

named as (
    select
        counted.month,
        case when counted.previous_r_score is null then 'none' else previous.segment end as from_segment,
        segments.segment as to_segment,
        counted.customers_count
    from counted
    left join segments
        on
            counted.r_score = segments.r_score
            and counted.f_score = segments.f_score
            and counted.m_score = segments.m_score
    left join segments as previous
        on
            counted.previous_r_score = previous.r_score
            and counted.previous_f_score = previous.f_score
            and counted.previous_m_score = previous.m_score
)

select
    month,
    from_segment,
    to_segment,
    cast(sum(customers_count) as bigint) as customers_count
from named
group by month, from_segment, to_segment
