{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ forget_snapshots() }}") }}

with

origins as (
    select
        as_of,
        cast(null as integer) as horizon_days
    from {{ ref('int_origins') }}
),

wanted as (
    {% if is_incremental() -%}
    select
        as_of,
        profile_id
    from {{ ref('int_pairs_touched') }}
    {%- else -%}
    select
        origins.as_of,
        people.profile_id
    from origins
    cross join {{ ref('int_people_sampled') }} as people
    {%- endif %}
),

features as (
    {{ customer_features('origins', wanted='wanted') }}
)

-- depends_on: {{ ref('int_pairs_touched') }}
select
    features.as_of,
    features.profile_id,
    {{ features_of('features') }}
from features
