{{ config(enabled=is_used('service')) }}

with

source as {{ read_in_place() }} (
    select * from {{ source('raw', 'service_surveys') }}
),

latest as (
    {{ latest_version('source', key='survey_id', event_at='answered_at') }}
)

select
    latest.survey_id,
    nullif(trim(latest.customer_id), '') as customer_id,
    nullif(trim(latest.contact_id), '') as contact_id,
    {{ normalized_email('latest.email') }} as email,
    nullif(trim(latest.brand), '') as brand,
    latest.kind,
    latest.score,
    nullif(trim(latest.comment), '') as comment,
    latest.answered_at,
    latest.updated_at,
    latest.ingested_at
from latest
