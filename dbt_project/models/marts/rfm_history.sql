{{ config(materialized='view') }}

with

scored as (
    select * from {{ ref('int_customers_scored') }}
),

segments as (
    select * from {{ ref('rfm_segments') }}
)

select
    scored.month,
    scored.profile_id,
    scored.r_score,
    scored.f_score,
    scored.m_score,
    segments.segment,
    case when scored.previous_r_score is null then 'none' else previous.segment end as previous_segment
from scored
left join segments
    on
        scored.r_score = segments.r_score
        and scored.f_score = segments.f_score
        and scored.m_score = segments.m_score
left join segments as previous
    on
        scored.previous_r_score = previous.r_score
        and scored.previous_f_score = previous.f_score
        and scored.previous_m_score = previous.m_score
