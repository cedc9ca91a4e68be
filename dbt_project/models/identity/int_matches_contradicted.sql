{#- One file, though long: what speaks for a probable pair and what against it are weighed together. -#}
{{ config(enabled=var('matching')) }}

{#- Of a name that more records bear no pairs are counted, for they would be too many. -#}
{%- set most_bearers = 50 %}

with

probable as (
    select
        least(matches.left_key, matches.right_key) as left_key,
        greatest(matches.left_key, matches.right_key) as right_key,
        matches.decision
    from {{ ref('matches') }} as matches
    where matches.decision in ('accepted', 'review')
),

-- the same address says nothing more: where it may join the two it has
tied as (
    select
        left_key as record_key,
        right_key as hub_key,
        via_key
    from {{ ref('int_links_keyed') }}
    where via_type in ('email', 'phone')

    union all

    select distinct
        right_key as record_key,
        right_key as hub_key,
        via_key
    from {{ ref('int_links_keyed') }}
    where via_type in ('email', 'phone')
),

joined as (
    select distinct
        probable.left_key,
        probable.right_key
    from probable
    inner join tied as one on probable.left_key = one.record_key
    inner join tied as other
        on
            probable.right_key = other.record_key
            and one.via_key = other.via_key
            and one.hub_key = other.hub_key
),

named as (
    select
        *,
        count(*) over (partition by given_name, family_name) as bearers_count
    from {{ ref('records') }}
    where given_name is not null and family_name is not null
),

-- records of one name, as far as their addresses or dates of birth can be compared: are they one person?
namesakes as (
    select
        coalesce(one.postal_code = other.postal_code, false) or coalesce(lower(one.city) = lower(other.city), false)
            as is_of_one_town,
        coalesce(one.phone = other.phone, false)
        or coalesce({{ same_but_for_a_slip('one.email', 'other.email') }}, false)
        or {{ of_one_age('one.born_on', 'other.born_on', days=366) }} as is_one_person
    from named as one
    inner join named as other
        on
            one.given_name = other.given_name
            and one.family_name = other.family_name
            and one.record_key < other.record_key
    where
        one.bearers_count <= {{ most_bearers }}
        and (
            (one.email is not null and other.email is not null)
            or (one.phone is not null and other.phone is not null)
            or (one.born_on is not null and other.born_on is not null)
        )
),

-- one more of each kind, and eight of one person: of a handful one cannot tell
told_apart as (
    select
        towns.is_of_one_town,
        (count(case when not namesakes.is_one_person then 1 end) + 1.0)
        / (count(namesakes.is_one_person) + 10.0) as share
    from (
        select true as is_of_one_town
        union all
        select false as is_of_one_town
    ) as towns
    left join namesakes on towns.is_of_one_town = namesakes.is_of_one_town
    group by towns.is_of_one_town
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
        probable.left_key,
        probable.right_key,
        probable.decision,
        reviewed.left_key is not null as is_split,
        coalesce(one.brand, '') <> coalesce(other.brand, '') as is_other_brand,
        coalesce(one.email <> other.email or one.phone <> other.phone, false) as has_other_keys,
        joined.left_key is not null
        or coalesce(one.email <> other.email and {{ same_but_for_a_slip('one.email', 'other.email') }}, false)
        or coalesce(one.born_on = other.born_on, false)
        or coalesce(
            {{ regex_found('one.street', '([0-9]+)') }} = {{ regex_found('other.street', '([0-9]+)') }}
            and coalesce(one.postal_code = other.postal_code, lower(one.city) = lower(other.city), true),
            false
        )
        or coalesce({{ plain_name('one.company_name') }} = {{ plain_name('other.company_name') }}, false)
            as has_support,
        coalesce(one.postal_code = other.postal_code, false) or coalesce(lower(one.city) = lower(other.city), false)
            as is_of_one_town,
        {{ of_one_age('one.born_on', 'other.born_on') }} as has_date_slip,
        {{ of_one_age('one.born_on', 'other.born_on', days=366) }} as is_of_one_age,
        one_borne.given_name is not null or other_borne.given_name is not null as has_common_name
    from probable
    inner join {{ ref('records') }} as one on probable.left_key = one.record_key
    inner join {{ ref('records') }} as other on probable.right_key = other.record_key
    left join joined
        on
            probable.left_key = joined.left_key
            and probable.right_key = joined.right_key
    left join {{ ref('int_reviews_read') }} as reviewed
        on
            reviewed.action = 'split'
            and probable.left_key = reviewed.left_key
            and probable.right_key = reviewed.right_key
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
        compared.left_key,
        compared.right_key,
        compared.decision,
        case
            when compared.is_split then 'split_by_review'
            when compared.is_other_brand and not {{ var('identity_across_brands') | lower }} then 'other_brand'
            when compared.has_support then null
            when compared.has_other_keys and not compared.is_of_one_age then 'names_alone'
            when compared.has_common_name then 'namesakes'
            when not compared.has_date_slip and told_apart.share > {{ var('matching_namesakes') }} then 'namesakes'
        end as reason
    from compared
    inner join told_apart on compared.is_of_one_town = told_apart.is_of_one_town
)

select * from judged
where reason is not null
