{{ config(enabled=is_used('pipedrive')) }}

select
    'pipedrive_id' as person_type,
    person_id,
    'pipedrive:' || organization_id as company_id,
    updated_at as stated_at
from {{ ref('stg_pipedrive__persons') }}
where organization_id is not null
