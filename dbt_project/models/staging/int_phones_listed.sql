with

stated as (
    select
        phone,
        country_code
    from {{ source('raw', 'shop_customers') }}

    union all

    select
        phone,
        country_code
    from {{ source('raw', 'shop_orders') }}

    union all

    select
        phone,
        country_code
    from {{ source('raw', 'crm_contacts') }}
)

select distinct
    phone as phone_raw,
    coalesce({{ normalized_country('country_code') }}, '') as country_code
from stated
where phone is not null
