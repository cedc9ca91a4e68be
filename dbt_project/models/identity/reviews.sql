{#- One file, though long: each step leaves out questions, and the order of the steps is the point. -#}
with

people as (
    select
        records.record_key,
        profile_ids.current_profile_id as profile_id
    from {{ ref('int_records_grouped') }} as records
    inner join {{ ref('profile_ids') }} as profile_ids
        on
            records.component_key = profile_ids.component_key
            and profile_ids.profile_id = profile_ids.current_profile_id
),

-- who a person or the rules have told apart is not asked about again
told_apart as (
    select
        left_key,
        right_key
    from {{ ref('int_reviews_read') }}
    where action = 'split' and is_known

    union all

    select
        left_key,
        right_key
    from {{ ref('refused_links') }}
    where
        via_type in ('email', 'phone', 'alias')
        and reason in ('names_differ', 'birth_dates_differ', 'ambiguous', 'outside_window', 'other_brand')
),

people_told_apart as (
    select distinct
        least(one.profile_id, other.profile_id) as one_id,
        greatest(one.profile_id, other.profile_id) as other_id
    from told_apart
    inner join people as one on told_apart.left_key = one.record_key
    inner join people as other on told_apart.right_key = other.record_key
),

-- of whom nothing but the name agrees, a person could say no more than the model where their addresses differ
reach as (
    select distinct
        profile_id,
        identifier_type,
        identifier_key
    from {{ ref('identifiers') }}
    where identifier_type in ('email', 'phone')
),

candidates as (
    select
        matches.left_key,
        matches.right_key,
        matches.match_probability,
        matches.reason,
        contradicted.reason is not null as is_by_name,
        one.profile_id as left_profile_id,
        other.profile_id as right_profile_id,
        least(one.profile_id, other.profile_id) as one_id,
        greatest(one.profile_id, other.profile_id) as other_id
    from {{ ref('matches') }} as matches
    inner join people as one on matches.left_key = one.record_key
    inner join people as other on matches.right_key = other.record_key
    left join {{ ref('int_matches_contradicted') }} as contradicted
        on
            least(matches.left_key, matches.right_key) = contradicted.left_key
            and greatest(matches.left_key, matches.right_key) = contradicted.right_key
    where
        matches.decision in ('review', 'accepted')
        and one.profile_id <> other.profile_id
        and coalesce(contradicted.reason, 'namesakes') = 'namesakes'
),

namesakes as (
    select distinct
        one_id,
        other_id
    from candidates
    where is_by_name
),

otherwise_reached as (
    select distinct
        compared.one_id,
        compared.other_id
    from (
        select
            namesakes.one_id,
            namesakes.other_id
        from namesakes
        inner join reach as one on namesakes.one_id = one.profile_id
        inner join reach as other
            on
                namesakes.other_id = other.profile_id
                and one.identifier_type = other.identifier_type
        group by namesakes.one_id, namesakes.other_id, one.identifier_type
        having max(case when one.identifier_key = other.identifier_key then 1 else 0 end) = 0
    ) as compared
),

-- of two people the pair of records that is likeliest to be one
best as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.one_id, candidates.other_id
            order by candidates.match_probability desc, candidates.left_key asc, candidates.right_key asc
        ) as place
    from candidates
    left join people_told_apart
        on
            candidates.one_id = people_told_apart.one_id
            and candidates.other_id = people_told_apart.other_id
    left join otherwise_reached
        on
            candidates.is_by_name
            and candidates.one_id = otherwise_reached.one_id
            and candidates.other_id = otherwise_reached.other_id
    where people_told_apart.one_id is null and otherwise_reached.one_id is null
),

sides as (
    select
        one_id as profile_id,
        one_id,
        other_id,
        match_probability
    from best
    where place = 1

    union all

    select
        other_id as profile_id,
        one_id,
        other_id,
        match_probability
    from best
    where place = 1
),

-- and of a person's pairs the likeliest: once that is decided, the next comes
placed as (
    select
        one_id,
        other_id,
        row_number() over (partition by profile_id order by match_probability desc, one_id asc, other_id asc) as place
    from sides
),

wanted as (
    select
        one_id,
        other_id
    from placed
    group by one_id, other_id
    having max(place) = 1
),

ranked as (
    select
        best.*,
        row_number() over (order by best.match_probability desc, best.one_id asc, best.other_id asc) as rank
    from best
    inner join wanted on best.one_id = wanted.one_id and best.other_id = wanted.other_id
    where best.place = 1
)

select
    ranked.rank,
    ranked.match_probability,
    ranked.reason,
    ranked.left_profile_id,
    ranked.right_profile_id,
    ranked.left_key,
    one.record_type as left_type,
    one.record_id as left_value,
    one.first_name as left_first_name,
    one.last_name as left_last_name,
    one.birth_date as left_birth_date,
    one.email as left_email,
    one.phone as left_phone,
    one.street as left_street,
    one.postal_code as left_postal_code,
    one.city as left_city,
    ranked.right_key,
    other.record_type as right_type,
    other.record_id as right_value,
    other.first_name as right_first_name,
    other.last_name as right_last_name,
    other.birth_date as right_birth_date,
    other.email as right_email,
    other.phone as right_phone,
    other.street as right_street,
    other.postal_code as right_postal_code,
    other.city as right_city
from ranked
inner join {{ ref('records') }} as one on ranked.left_key = one.record_key
inner join {{ ref('records') }} as other on ranked.right_key = other.record_key
where ranked.rank <= {{ var('matching_reviews') }}
