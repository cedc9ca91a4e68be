{%- do open_identity_run() -%}
{%- set known = of_stage('int_rows_known') if is_a_day() else '(' ~ rows_read() ~ ')' -%}
-- What the last run had not read, and what it had and is no more; an updated row is both.
with

found as (
    {{ rows_read() }}
),

rows_known as (
    select row_hash from {{ known }} as given
),

-- every row is read and hashed once
differing as {{ one_by_one() }} (
    select
        found.row_hash,
        found.one_type,
        found.one_id,
        found.other_type,
        found.other_id,
        rows_known.row_hash as known_hash
    from found
    full outer join rows_known on found.row_hash = rows_known.row_hash
    where
        {{ 'true' if is_a_day() else 'false' }}
        and (found.row_hash is null or rows_known.row_hash is null)
)

select
    row_hash,
    one_type,
    one_id,
    other_type,
    other_id,
    true as is_new
from differing
where row_hash is not null

union all

select
    known.row_hash,
    known.one_type,
    known.one_id,
    known.other_type,
    known.other_id,
    false as is_new
from {{ known }} as known
where known.row_hash in (select differing.known_hash from differing)
