{{
    config(
        materialized='by_days',
        pre_hook=["{{ remember_where('true') }}", "{{ forget_where('true') }}"]
    )
}}

with recursive

splits as (
    select
        left_key,
        right_key
    from {{ ref('int_reviews_read') }}
    where action = 'split' and is_known
),

-- how strong a link must be to hold: as strong as a kind is, a reviewed merge (9), or stronger than all
strengths as (
    {%- for figures in var('identity_keys').values() if figures.strength is defined %}
    select {{ figures.strength }} as strength
    union
    {%- endfor %}
    select 9 as strength
    union
    select 10 as strength
),

links as (
    select * from {{ ref('int_links_accepted') }}
    where {{ 'true' if is_anybody_split() else 'false' }}
),

ways as (
    select
        left_key as from_key,
        right_key as to_key,
        strength
    from links
    union all
    select
        right_key as from_key,
        left_key as to_key,
        strength
    from links
),

ends as (
    select
        left_key as end_key,
        right_key as other_end_key
    from splits
    union all
    select
        right_key as end_key,
        left_key as other_end_key
    from splits
),

-- whom each end of a split reaches by links of a strength or more
reached as (
    select
        ends.end_key,
        ends.other_end_key,
        strengths.strength,
        ends.end_key as record_key
    from ends
    cross join strengths

    union

    select
        reached.end_key,
        reached.other_end_key,
        reached.strength,
        ways.to_key as record_key
    from reached
    inner join ways
        on
            reached.record_key = ways.from_key
            and reached.strength <= ways.strength
),

told as (
    select
        end_key,
        other_end_key,
        strength,
        max(case when record_key = other_end_key then 1 else 0 end) as is_together
    from reached
    group by end_key, other_end_key, strength
),

-- the weakest strength by which the two ends do not hang together
apart as (
    select
        end_key,
        other_end_key,
        min(strength) as strength
    from told
    where is_together = 0
    group by end_key, other_end_key
),

sides as (
    select
        reached.end_key,
        reached.other_end_key,
        reached.strength,
        reached.record_key
    from reached
    inner join apart
        on
            reached.end_key = apart.end_key
            and reached.other_end_key = apart.other_end_key
            and reached.strength = apart.strength
),

ways_out as (
    select
        sides.end_key,
        sides.other_end_key,
        ways.from_key,
        ways.to_key
    from sides
    inner join ways
        on
            sides.record_key = ways.from_key
            and sides.strength > ways.strength
)

-- each side keeps what holds it together more strongly than the weakest link that joined the two; a weaker link that
-- leaves the side is cut
select distinct
    least(ways_out.from_key, ways_out.to_key) as one_key,
    greatest(ways_out.from_key, ways_out.to_key) as other_key
from ways_out
left join sides
    on
        ways_out.end_key = sides.end_key
        and ways_out.other_end_key = sides.other_end_key
        and ways_out.to_key = sides.record_key
where sides.record_key is null
