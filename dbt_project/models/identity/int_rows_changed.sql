{%- do open_identity_run() -%}
with

found as (
    {{ rows_read() }}
),

known as (
    {% if is_a_day() %}
    select * from {{ of_stage('int_rows_known') }}
    {% else %}
    select * from found
    {% endif %}
)

-- what the last run had not read, and what it had and is no more; an updated row is both
select
    found.row_hash,
    found.one_type,
    found.one_id,
    found.other_type,
    found.other_id,
    true as is_new
from found
left join known on found.row_hash = known.row_hash
where known.row_hash is null and {{ 'true' if is_a_day() else 'false' }}

union all

select
    known.row_hash,
    known.one_type,
    known.one_id,
    known.other_type,
    known.other_id,
    false as is_new
from known
left join found on known.row_hash = found.row_hash
where found.row_hash is null and {{ 'true' if is_a_day() else 'false' }}
