{{ config(enabled=is_used('pipedrive')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'pipedrive_organizations') }}
),

latest as (
    {{ latest_version('source', key='organization_id', event_at='created_at', deleted='(_is_deleted or is_deleted)') }}
)

select
    'pipedrive:' || organization_id as company_id,
    nullif(trim(name), '') as name,
    nullif({{ domain_of('website') }}, '') as domain,
    cast(null as varchar) as brand,
    updated_at,
    ingested_at
from latest
