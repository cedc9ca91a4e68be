with

identifiers as (
    select * from {{ ref('identifiers') }}
),

-- what contacts and accounts say of the person; of several the latest that says anything holds
records as (
    select
        identifiers.profile_id,
        contacts.first_name,
        contacts.last_name,
        contacts.country_code,
        contacts.city,
        contacts.time_zone,
        contacts.birth_date,
        contacts.preferred_channel,
        contacts.updated_at
    from {{ ref('stg_crm__contacts') }} as contacts
    inner join identifiers
        on
            identifiers.identifier_type = 'crm_id'
            and contacts.contact_id = identifiers.identifier_value

    union all

    select
        identifiers.profile_id,
        customers.first_name,
        customers.last_name,
        customers.country_code,
        null as city,
        null as time_zone,
        null as birth_date,
        null as preferred_channel,
        customers.updated_at
    from {{ ref('stg_shop__customers') }} as customers
    inner join identifiers
        on
            identifiers.identifier_type = 'shop_customer_id'
            and customers.customer_id = identifiers.identifier_value
)

select
    profile_id,
    {{ latest_value('first_name', 'updated_at') }} as first_name,
    {{ latest_value('last_name', 'updated_at') }} as last_name,
    {{ latest_value('country_code', 'updated_at') }} as country_code,
    {{ latest_value('city', 'updated_at') }} as city,
    {{ latest_value('time_zone', 'updated_at') }} as time_zone,
    {{ latest_value('birth_date', 'updated_at') }} as birth_date,
    {{ latest_value('preferred_channel', 'updated_at') }} as preferred_channel
from records
group by profile_id
