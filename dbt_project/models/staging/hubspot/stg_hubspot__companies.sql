{{ config(enabled=is_used('hubspot')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'hubspot_companies') }}
),

latest as (
    {{ latest_version('source', key='company_id', event_at='created_at') }}
)

select
    'hubspot:' || company_id as company_id,
    nullif(trim(name), '') as name,
    nullif(lower(trim(domain)), '') as domain,
    cast(null as varchar) as brand,
    updated_at,
    ingested_at
from latest
