with

links as (
    select * from {{ ref('links') }}
),

-- how many records name the same identifier; a person has few, a role address or a shop's tablet has many
named as (
    select
        right_key as identifier_key,
        right_type as identifier_type,
        count(distinct left_key) as records_count
    from links
    where right_type <> 'shop_customer_id'
    group by right_key, right_type
),

-- a guest's address stands on the left: it is shared when many numbers were given with it
guests as (
    select
        left_key as identifier_key,
        left_type as identifier_type,
        count(distinct right_key) as records_count
    from links
    where left_type = 'email'
    group by left_key, left_type
),

shares as (
    select
        identifier_key,
        identifier_type,
        max(records_count) as records_count
    from (
        select * from named
        union all
        select * from guests
    ) as counted
    group by identifier_key, identifier_type
),

limits as (
    select
        'email' as identifier_type,
        {{ var('max_records_per_email') }} as max_records

    union all

    select
        'phone' as identifier_type,
        {{ var('max_records_per_phone') }} as max_records

    union all

    select
        'ga_pseudo_id' as identifier_type,
        {{ var('max_logins_per_device') }} as max_records
),

shared as (
    select
        shares.identifier_key,
        shares.identifier_type,
        shares.records_count,
        limits.max_records
    from shares
    inner join limits on shares.identifier_type = limits.identifier_type
    where shares.records_count > limits.max_records
)

-- an identifier that is shared joins nobody, on whichever side of a link it stands
select
    links.left_type,
    links.left_value,
    links.left_key,
    links.right_type,
    links.right_value,
    links.right_key,
    coalesce(left_shared.records_count, right_shared.records_count) as records_count,
    coalesce(left_shared.max_records, right_shared.max_records) as max_records,
    coalesce(left_shared.identifier_type, right_shared.identifier_type) || '_shared_by_many' as reason
from links
left join shared as left_shared on links.left_key = left_shared.identifier_key
left join shared as right_shared on links.right_key = right_shared.identifier_key
where left_shared.identifier_key is not null or right_shared.identifier_key is not null
