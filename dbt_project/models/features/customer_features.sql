with

origins as (
    select
        as_of,
        horizon_days
    from {{ ref('horizons') }}
),

features as (
    {{ customer_features('origins', landed='<=') }}
)

select
    features.as_of,
    features.horizon_days,
    features.profile_id,
    {{ features_of('features') }}
from features
