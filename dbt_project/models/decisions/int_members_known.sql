{{ config(materialized='view') }}

select distinct
    listed.audience,
    profile_ids.current_profile_id as profile_id
from {{ left_by_last_run('listed_members', {'audience': 'varchar', 'profile_id': 'varchar'}) }} as listed
inner join {{ ref('profile_ids') }} as profile_ids on listed.profile_id = profile_ids.profile_id
