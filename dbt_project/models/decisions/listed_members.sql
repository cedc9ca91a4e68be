-- the next run compares with these: int_members_known reads them
select
    audience,
    profile_id
from {{ ref('memberships') }}
