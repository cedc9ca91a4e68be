{#- One file, though long: all that joins nobody, each kind with its reason. -#}
{{
    config(
        materialized='by_days',
        pre_hook="{{ forget_where(links_decided_anew()) }}"
    )
}}

{#- Tables that several parts read are named where they are read: a common expression would be kept as a whole. -#}
with

grouped as (
    select * from {{ ref('int_sharers_grouped') }}
    where is_contested
),

shared_devices as (
    select distinct user_pseudo_id
    from {{ ref('device_owners') }}
    where is_shared
),

-- a value that is nobody's, or that too many name, joins nobody
of_values as (
    select
        links.left_key,
        links.right_key,
        links.join_key as via_key,
        links.right_type as via_type,
        links.right_value as via_value,
        counted.records_count,
        links.right_type || '_' || counted.refused_for as reason
    from {{ ref('links') }} as links
    inner join {{ ref('int_keys_counted') }} as counted on links.join_key = counted.join_key
    where
        counted.refused_for is not null
        and {{ on_a_day('links.join_key in (' ~ keys_decided() ~ ')') }}
),

of_devices as (
    select
        links.left_key,
        links.right_key,
        links.join_key as via_key,
        links.right_type as via_type,
        links.right_value as via_value,
        count(*) over (partition by links.right_key) as records_count,
        'device_shared' as reason
    from {{ ref('links') }} as links
    inner join shared_devices on links.right_value = shared_devices.user_pseudo_id
    where
        links.right_type = 'ga_pseudo_id'
        and {{ on_a_day('links.right_value in (' ~ devices_touched() ~ ')') }}
),

-- two records under one key that it does not join: one contradicts the other, or could be any of several
pairs as (
    select
        one.record_key as left_key,
        other.record_key as right_key,
        one.join_key,
        one.identifier_type as via_type,
        coalesce(contradicted.reason, 'ambiguous') as reason
    from grouped as one
    inner join grouped as other
        on
            one.join_key = other.join_key
            and one.record_key < other.record_key
            and one.group_key <> other.group_key
            and {{ on_a_day('one.join_key in (' ~ keys_decided() ~ ')') }}
    left join {{ ref('int_sharers_contradicted') }} as contradicted
        on
            one.join_key = contradicted.join_key
            and one.record_key = contradicted.left_key
            and other.record_key = contradicted.right_key
),

of_pairs as (
    select
        pairs.left_key,
        pairs.right_key,
        pairs.join_key as via_key,
        pairs.via_type,
        min(links.right_value) as via_value,
        max(counted.records_count) as records_count,
        pairs.reason
    from pairs
    inner join {{ ref('links') }} as links on pairs.join_key = links.join_key and pairs.left_key = links.left_key
    inner join {{ ref('int_keys_counted') }} as counted on pairs.join_key = counted.join_key
    group by pairs.left_key, pairs.right_key, pairs.via_type, pairs.join_key, pairs.reason
),

-- what a system says, where a person or the brands say otherwise
of_words as (
    select
        links.left_key,
        links.right_key,
        links.right_key as via_key,
        'alias' as via_type,
        cast(null as varchar) as via_value,
        cast(null as bigint) as records_count,
        case when reviewed.left_key is not null then 'split_by_review' else 'other_brand' end as reason
    from {{ ref('links') }} as links
    inner join {{ ref('records') }} as one on links.left_key = one.record_key
    inner join {{ ref('records') }} as other on links.right_key = other.record_key
    left join {{ ref('int_links_accepted') }} as accepted
        on
            links.left_key = accepted.left_key
            and links.right_key = accepted.right_key
            and accepted.via_type = 'alias'
    left join {{ ref('int_reviews_read') }} as reviewed
        on
            reviewed.action = 'split'
            and least(links.left_key, links.right_key) = reviewed.left_key
            and greatest(links.left_key, links.right_key) = reviewed.right_key
    where
        links.right_type not in ('email', 'phone', 'ga_pseudo_id')
        and accepted.left_key is null
        and {{ on_a_day(of_changed_ends('links')) }}
),

-- links that stood until a reviewed split cut the chain that they were part of
of_cuts as (
    select
        one_key as left_key,
        other_key as right_key,
        other_key as via_key,
        'review' as via_type,
        cast(null as varchar) as via_value,
        cast(null as bigint) as records_count,
        'split_by_review' as reason
    from {{ ref('int_links_cut') }}
),

{% if var('matching') -%}
of_matches as (
    select
        left_key,
        right_key,
        right_key as via_key,
        'match' as via_type,
        cast(null as varchar) as via_value,
        cast(null as bigint) as records_count,
        reason
    from {{ ref('int_matches_contradicted') }}
    where decision = 'accepted'
),
{%- endif %}

refused as (
    select * from of_values
    union all
    select * from of_devices
    union all
    select * from of_pairs
    union all
    select * from of_words
    union all
    select * from of_cuts
    {%- if var('matching') %}
    union all
    select * from of_matches
    {%- endif %}
)

select
    coalesce(one.record_type, 'unknown') as left_type,
    one.record_id as left_value,
    refused.left_key,
    coalesce(other.record_type, refused.via_type) as right_type,
    coalesce(other.record_id, refused.via_value) as right_value,
    refused.right_key,
    refused.via_key,
    refused.via_type,
    refused.via_value,
    refused.records_count,
    refused.reason
from refused
left join {{ ref('records') }} as one on refused.left_key = one.record_key
left join {{ ref('records') }} as other on refused.right_key = other.record_key
