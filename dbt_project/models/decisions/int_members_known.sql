-- depends_on: nothing of this run: it is read as the last run left it
{{ config(materialized='view') }}

{% set before = load_relation(of_stage('listed_members')) -%}
{% if before -%}
select distinct
    listed.audience,
    profile_ids.current_profile_id as profile_id
from {{ before }} as listed
inner join {{ ref('profile_ids') }} as profile_ids on listed.profile_id = profile_ids.profile_id
{% else -%}
select
    cast(null as varchar) as audience,
    cast(null as varchar) as profile_id
from {{ ref('profile_ids') }}
where 1 = 0
{% endif -%}
