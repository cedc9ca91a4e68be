with

variants as (
    select distinct
        {{ plain_name('name') }} as name,
        {{ plain_name('variant_of') }} as root
    from {{ ref('name_variants') }}
),

rooted as (
    select
        name,
        root
    from variants
    union
    select
        root as name,
        root
    from variants
)

select distinct
    one.name as one_name,
    other.name as other_name
from rooted as one
inner join rooted as other on one.root = other.root
