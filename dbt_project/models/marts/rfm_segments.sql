with

scores as (
    select numbers.number + 1 as score
    from {{ numbers_below(5) }} as numbers
),

combinations as (
    select
        recency.score as r_score,
        frequency.score as f_score,
        monetary.score as m_score
    from scores as recency
    cross join scores as frequency
    cross join scores as monetary
)

select
    cast(r_score as varchar)
    || cast(f_score as varchar)
    || cast(m_score as varchar) as rfm_score,
    r_score,
    f_score,
    m_score,
    case
        when r_score >= 4 and f_score >= 4 and m_score >= 4 then 'champions'
        when r_score = 1 and f_score >= 4 and m_score >= 4 then 'cannot_lose'
        when r_score <= 2 and f_score >= 3 then 'at_risk'
        when r_score >= 3 and f_score >= 4 then 'loyal'
        when r_score >= 4 and f_score >= 2 then 'potential_loyalists'
        when r_score = 5 then 'new_customers'
        when r_score = 4 then 'promising'
        when r_score = 3 and f_score >= 2 then 'need_attention'
        when r_score = 3 then 'about_to_sleep'
        when r_score = 2 then 'hibernating'
        else 'lost'
    end as segment
from combinations
