-- depends_on: nothing of this run: it is read as the last run left it
{{ config(materialized='view') }}

{% set before = load_relation(of_stage('campaign_history')) -%}
{% if before -%}
select
    campaign,
    kind,
    run_on,
    entering_count,
    leaving_count,
    is_held
from {{ before }}
where run_on < cast({{ as_of() }} as date)
{% else -%}
select
    cast(null as varchar) as campaign,
    cast(null as varchar) as kind,
    cast(null as date) as run_on,
    cast(null as bigint) as entering_count,
    cast(null as bigint) as leaving_count,
    cast(null as boolean) as is_held
where 1 = 0
{% endif -%}
