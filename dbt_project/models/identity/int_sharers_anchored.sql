with

members as (
    select * from {{ ref('int_sharers_listed') }}
    where has_weak
),

looked_at as (
    select * from members
    where has_differences
),

contradicted as (
    {{ contradictions('looked_at') }}
),

sets as (
    {{ contradicted_sets('contradicted') }}
),

contested as (
    select distinct join_key from contradicted
),

placed as (
    select
        members.*,
        contested.join_key is null as is_uncontested,
        sets.group_key
    from members
    left join contested on members.join_key = contested.join_key
    left join sets
        on
            members.join_key = sets.join_key
            and members.record_key = sets.record_key
),

stated as (
    select
        left_key as record_key,
        right_key as anchor_key
    from {{ ref('links') }}
    where right_type not in ('email', 'phone', 'ga_pseudo_id')
    union all
    select
        right_key as record_key,
        left_key as anchor_key
    from {{ ref('links') }}
    where right_type not in ('email', 'phone', 'ga_pseudo_id')
),

-- whom a record without a whole first name is with: by a system's own word, else by the keys that it shares
neighbours as (
    select
        weak.record_key,
        named.record_key as anchor_key,
        1 as rank
    from (
        select distinct record_key from members
        where is_weak
    ) as weak
    inner join stated on weak.record_key = stated.record_key
    inner join {{ ref('records') }} as named on stated.anchor_key = named.record_key
    where not {{ is_weak_name('named.given_name') }}

    union

    select
        weak.record_key,
        named.record_key as anchor_key,
        2 as rank
    from placed as weak
    inner join placed as named
        on
            weak.join_key = named.join_key
            and (weak.is_uncontested or weak.group_key = named.group_key)
    where weak.is_weak and not named.is_weak
),

ranked as (
    select
        neighbours.*,
        min(neighbours.rank) over (partition by neighbours.record_key) as best_rank,
        row_number() over (partition by neighbours.record_key order by neighbours.rank, neighbours.anchor_key) as place
    from neighbours
),

anchors as (
    select
        ranked.record_key as join_key,
        'email' as identifier_type,
        named.record_key,
        named.given_name,
        named.family_name,
        named.generation,
        named.born_on,
        named.brand,
        {{ plain_first_word('named.given_name') }} as first_word,
        named.first_seen_at,
        named.last_seen_at,
        known_names.one_name is not null as is_known_name,
        ranked.place = 1 as is_first
    from ranked
    inner join {{ ref('records') }} as named on ranked.anchor_key = named.record_key
    left join {{ ref('int_names_alike') }} as known_names
        on
            {{ plain_first_word('named.given_name') }} = known_names.one_name
            and known_names.one_name = known_names.other_name
    where ranked.rank = ranked.best_rank
),

-- whoever would stand between people who contradict each other joins neither
torn as (
    select distinct join_key as record_key
    from (
        {{ contradictions('anchors') }}
    ) as disputed
)

select
    anchors.join_key as record_key,
    torn.record_key is not null as is_torn,
    anchors.given_name,
    anchors.family_name,
    anchors.generation,
    anchors.born_on,
    anchors.first_word,
    anchors.is_known_name
from anchors
left join torn on anchors.join_key = torn.record_key
where anchors.is_first
