{%- do open_identity_run() -%}
{%- set known = of_stage('int_rows_known') if is_a_day() else '(' ~ rows_read() ~ ')' -%}
-- What the last run had not read, and what it had and is no more; an updated row is both.
with

found as (
    {{ rows_read() }}
),

found_hashes as (
    {{ rows_read(hash_only=true) }}
),

gone as (
    select known.row_hash from {{ known }} as known
    where
        {{ 'true' if is_a_day() else 'false' }}
        and not exists (
            select 1 from found_hashes
            where found_hashes.row_hash = known.row_hash
        )
)

select
    found.row_hash,
    found.one_type,
    found.one_id,
    found.other_type,
    found.other_id,
    true as is_new
from found
where
    {{ 'true' if is_a_day() else 'false' }}
    and not exists (
        select 1 from {{ known }} as known
        where known.row_hash = found.row_hash
    )

union all

select
    known.row_hash,
    known.one_type,
    known.one_id,
    known.other_type,
    known.other_id,
    false as is_new
from {{ known }} as known
inner join gone on known.row_hash = gone.row_hash
