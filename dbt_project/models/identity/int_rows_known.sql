{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('row_hash', 'select row_hash from ' ~ ref('int_rows_changed') ~ ' where not is_new') }}"
    )
}}

-- depends_on: {{ ref('int_rows_changed') }}
{% if is_a_day() %}
select
    row_hash,
    one_type,
    one_id,
    other_type,
    other_id
from {{ ref('int_rows_changed') }}
where is_new
{% else %}
{{ rows_read() }}
{% endif %}
