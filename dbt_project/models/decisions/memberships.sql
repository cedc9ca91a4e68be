with

members as (
    select
        decisions.campaign as audience,
        decisions.profile_id,
        profiles.email,
        profiles.phone,
        profiles.first_name,
        profiles.last_name,
        profiles.country_code,
        profiles.orders_count,
        profiles.revenue_amount,
        rfm.segment as rfm_segment
    from {{ ref('decisions') }} as decisions
    inner join {{ ref('profiles') }} as profiles on decisions.profile_id = profiles.profile_id
    left join {{ ref('rfm') }} as rfm on decisions.profile_id = rfm.profile_id
    where decisions.kind = 'membership' and decisions.reason is null
)

select
    *,
    md5(
        coalesce(email, '') || '|' || coalesce(phone, '') || '|' || coalesce(first_name, '') || '|'
        || coalesce(last_name, '') || '|' || coalesce(country_code, '') || '|' || cast(orders_count as varchar) || '|'
        || cast(revenue_amount as varchar) || '|' || coalesce(rfm_segment, '')
    ) as row_hash
from members
