with

links as (
    select * from {{ ref('links') }}
),

-- how many records name the same identifier; a person has few, a role address or a shop's tablet has many
shares as (
    select
        right_key,
        count(distinct left_key) as records_count
    from links
    where right_type <> 'shop_customer_id'
    group by right_key
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
)

select
    links.left_type,
    links.left_value,
    links.left_key,
    links.right_type,
    links.right_value,
    links.right_key,
    shares.records_count,
    limits.max_records,
    links.right_type || '_shared_by_many' as reason
from links
inner join shares on links.right_key = shares.right_key
inner join limits on links.right_type = limits.identifier_type
where shares.records_count > limits.max_records
