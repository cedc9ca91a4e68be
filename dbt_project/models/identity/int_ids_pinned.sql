select
    reviewed.profile_id,
    min(records.component_key) as component_key
from {{ ref('int_reviews_read') }} as reviewed
inner join {{ ref('int_records_grouped') }} as records on reviewed.left_key = records.record_key
where reviewed.action = 'pin'
group by reviewed.profile_id
