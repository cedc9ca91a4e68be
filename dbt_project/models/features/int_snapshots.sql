with

origins as (
    select
        as_of,
        cast(null as integer) as horizon_days
    from {{ ref('int_origins') }}
),

wanted as (
    select
        origins.as_of,
        people.profile_id
    from origins
    cross join {{ ref('int_people_sampled') }} as people
),

features as (
    {{ customer_features('origins', wanted='wanted') }}
)

select
    features.as_of,
    features.profile_id,
    {{ features_of('features') }}
from features
