select
    cast(null as varchar) as profile_id,
    cast(null as double) as cooldown_factor,
    cast(null as varchar) as because
from {{ ref('profiles') }}
where 1 = 0
