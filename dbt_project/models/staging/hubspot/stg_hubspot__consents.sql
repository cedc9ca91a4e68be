{{ config(enabled=is_used('hubspot')) }}

-- HubSpot does not say when: a withdrawal counts from the last change, what was granted from the beginning, so that
-- a withdrawal of another system is never older by mistake. Neither opted out nor a basis given: nothing was stated.
select
    'hubspot:' || contact_id as consent_id,
    contact_id,
    'email' as channel,
    'marketing' as purpose,
    case when is_opted_out then 'withdrawn' else 'granted' end as status,
    case when is_opted_out then updated_at else created_at end as recorded_at,
    updated_at,
    ingested_at
from {{ ref('stg_hubspot__contacts') }}
where is_opted_out or legal_basis like '%Freely given consent from contact%'
