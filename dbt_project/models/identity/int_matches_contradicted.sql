{{ config(enabled=var('matching')) }}

with

accepted as (
    select
        least(matches.left_key, matches.right_key) as left_key,
        greatest(matches.left_key, matches.right_key) as right_key
    from {{ ref('matches') }} as matches
    where matches.decision = 'accepted'
),

-- the same address says nothing more: where it may join the two it has
joined as (
    select distinct
        accepted.left_key,
        accepted.right_key
    from accepted
    inner join {{ ref('int_sharers_grouped') }} as one on accepted.left_key = one.record_key
    inner join {{ ref('int_sharers_grouped') }} as other
        on
            accepted.right_key = other.record_key
            and one.join_key = other.join_key
            and one.group_key = other.group_key
),

-- a name that people of several addresses bear says little of who it is
borne as (
    select
        given_name,
        family_name
    from {{ ref('records') }}
    where email is not null
    group by given_name, family_name
    having count(distinct email) >= 3
),

compared as (
    select
        accepted.left_key,
        accepted.right_key,
        reviewed.left_key is not null as is_split,
        coalesce(one.brand, '') <> coalesce(other.brand, '') as is_other_brand,
        coalesce(one.email <> other.email or one.phone <> other.phone, false) as has_other_keys,
        joined.left_key is not null
        or coalesce(
            {{ edits_between('one.email', 'other.email') }} between 1 and 2
            and {{ regex_replaced('one.email', '[^0-9]', '') }} = {{ regex_replaced('other.email', '[^0-9]', '') }},
            false
        )
        or coalesce(one.born_on = other.born_on, false)
        or coalesce(
            {{ regex_found('one.street', '([0-9]+)') }} = {{ regex_found('other.street', '([0-9]+)') }}
            and coalesce(one.postal_code = other.postal_code, lower(one.city) = lower(other.city), true),
            false
        )
        or coalesce({{ plain_name('one.company_name') }} = {{ plain_name('other.company_name') }}, false)
            as has_support,
        coalesce(
            not {{ birth_dates_differ('one.born_on', 'other.born_on') }}
            or abs({{ days_between('one.born_on', 'other.born_on') }}) <= 366,
            false
        )
        and one.born_on is not null and other.born_on is not null as is_of_one_age,
        one_borne.given_name is not null or other_borne.given_name is not null as has_common_name
    from accepted
    inner join {{ ref('records') }} as one on accepted.left_key = one.record_key
    inner join {{ ref('records') }} as other on accepted.right_key = other.record_key
    left join joined
        on
            accepted.left_key = joined.left_key
            and accepted.right_key = joined.right_key
    left join {{ ref('int_reviews_read') }} as reviewed
        on
            reviewed.action = 'split'
            and accepted.left_key = reviewed.left_key
            and accepted.right_key = reviewed.right_key
    left join borne as one_borne
        on
            one.given_name = one_borne.given_name
            and one.family_name = one_borne.family_name
    left join borne as other_borne
        on
            other.given_name = other_borne.given_name
            and other.family_name = other_borne.family_name
),

judged as (
    select
        left_key,
        right_key,
        case
            when is_split then 'split_by_review'
            when is_other_brand and not {{ var('identity_across_brands') | lower }} then 'other_brand'
            when not has_support and (has_common_name or (has_other_keys and not is_of_one_age)) then 'names_alone'
        end as reason
    from compared
)

select * from judged
where reason is not null
