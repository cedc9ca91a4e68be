{{ config(materialized='view', enabled=is_used('crm')) }}

select
    'crm_id' as left_type,
    contact_id as left_id,
    'shop_customer_id' as right_type,
    shop_customer_id as right_id,
    'contact' as stated_by,
    created_at as stated_at,
    ingested_at
from {{ ref('stg_crm__contacts') }}
where shop_customer_id is not null
