{%- do open_identity_run() -%}
{%- set known = of_stage('int_rows_known') if is_a_day() else '(' ~ rows_read() ~ ')' -%}
with

found as (
    {{ rows_read(hash_only=true) }}
),

-- what the last run had not read, and what it had and is no more; an updated row is both
moved as (
    select
        coalesce(found.row_hash, known.row_hash) as row_hash,
        known.row_hash is null as is_new
    from found
    full outer join {{ known }} as known on found.row_hash = known.row_hash
    where
        (found.row_hash is null or known.row_hash is null)
        and {{ 'true' if is_a_day() else 'false' }}
),

described as (
    {{ rows_read() }}
)

select
    described.row_hash,
    described.one_type,
    described.one_id,
    described.other_type,
    described.other_id,
    true as is_new
from described
inner join moved on described.row_hash = moved.row_hash
where moved.is_new

union all

select
    known.row_hash,
    known.one_type,
    known.one_id,
    known.other_type,
    known.other_id,
    false as is_new
from {{ known }} as known
inner join moved on known.row_hash = moved.row_hash
where not moved.is_new
