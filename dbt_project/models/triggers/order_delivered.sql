-- with the last parcel of an order; what went back again is not announced
select
    profile_id,
    delivered_at as occurred_at,
    order_id as occasion,
    order_id,
    parcels_count,
    {{ campaign(channel='best', purpose='transactional', voided_by=['return']) }}
from {{ ref('deliveries') }}
where
    profile_id is not null
    and not is_returned
    and {{ is_due('delivered_at', for_days=2) }}
