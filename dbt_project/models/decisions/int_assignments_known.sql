{{ config(materialized='view') }}

-- who is known by several ids was assigned when the first of them was; of two on one day the smaller number holds
select
    logged.experiment,
    logged.phase,
    profile_ids.current_profile_id as profile_id,
    min_by(logged.arm, {{ pair_of('logged.assigned_at', 'logged.bucket') }}) as arm
from {{ left_by_last_run('assignments', {
    'experiment': 'varchar', 'phase': 'varchar', 'profile_id': 'varchar', 'arm': 'varchar', 'bucket': 'double', 'assigned_at': 'timestamp'
}) }} as logged
inner join {{ ref('profile_ids') }} as profile_ids on logged.profile_id = profile_ids.profile_id
group by logged.experiment, logged.phase, profile_ids.current_profile_id
