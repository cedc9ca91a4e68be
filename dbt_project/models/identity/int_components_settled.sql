{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook=[
            "{{ contract_components(
                ref('int_links_accepted'),
                'components_work',
                'where ' ~ on_a_day('left_key in (select record_key from ' ~ ref('int_records_touched') ~ ')')
            ) }}",
            "{{ forget('node_key', 'select record_key from ' ~ ref('int_records_touched')) }}"
        ],
        post_hook="drop table if exists components_work"
    )
}}

-- depends_on: {{ ref('int_links_accepted') }}, {{ ref('int_records_touched') }}
select
    node_key,
    component_key
from components_work
