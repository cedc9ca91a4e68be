{{
    config(
        materialized='by_days',
        pre_hook=[
            "{{ remember_where(on_a_day(links_decided_anew())) }}",
            "{{ forget_where(links_decided_anew()) }}"
        ]
    )
}}

with

grouped as (
    select
        join_key,
        identifier_type,
        record_key,
        first_seen_at,
        min(record_key) over (partition by join_key, group_key) as hub_key
    from {{ ref('int_sharers_grouped') }}
),

records as (
    select
        record_key,
        brand,
        first_seen_at
    from {{ ref('records') }}
),

reviewed as (
    select * from {{ ref('int_reviews_read') }}
    where is_known
),

-- every record of a group is tied to the first of the group
by_key as (
    select
        record_key as left_key,
        hub_key as right_key,
        identifier_type as via_type,
        join_key as via_key,
        {{ of_key('strength') }} as strength,
        first_seen_at
    from grouped
    where
        record_key <> hub_key
        and {{ on_a_day('join_key in (' ~ keys_decided() ~ ')') }}
),

by_word as (
    select
        links.left_key,
        links.right_key,
        'alias' as via_type,
        links.right_key as via_key,
        {{ of_key('strength', "'alias'") }} as strength,
        links.first_seen_at
    from {{ ref('links') }} as links
    inner join records as one on links.left_key = one.record_key
    inner join records as other on links.right_key = other.record_key
    left join reviewed
        on
            reviewed.action = 'split'
            and least(links.left_key, links.right_key) = reviewed.left_key
            and greatest(links.left_key, links.right_key) = reviewed.right_key
    where
        links.right_type not in ('email', 'phone', 'ga_pseudo_id')
        and reviewed.left_key is null
        and {{ on_a_day(of_changed_ends('links')) }}
        and ({{ var('identity_across_brands') | lower }} or coalesce(one.brand, '') = coalesce(other.brand, ''))
),

by_review as (
    select
        left_key,
        right_key,
        'review' as via_type,
        right_key as via_key,
        9 as strength,
        cast(null as timestamp) as first_seen_at
    from reviewed
    where action = 'merge'
)

select * from by_key
union all
select * from by_word
union all
select * from by_review
