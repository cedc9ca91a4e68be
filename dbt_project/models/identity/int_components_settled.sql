{{
    config(
        materialized='by_days',
        pre_hook=[
            "{{ contract_components(
                ref('int_links_accepted'),
                'components_work',
                'where ' ~ (
                    '(least(left_key, right_key), greatest(left_key, right_key)) not in (select one_key, other_key from '
                    ~ ref('int_links_cut') ~ ')' if is_anybody_split() else 'true'
                ) ~ ' and ' ~ on_a_day('left_key in (select record_key from ' ~ ref('int_records_touched') ~ ')')
            ) }}",
            "{{ forget('node_key', 'select record_key from ' ~ ref('int_records_touched')) }}"
        ],
        post_hook="drop table if exists components_work"
    )
}}

-- depends_on: {{ ref('int_links_accepted') }}, {{ ref('int_links_cut') }}, {{ ref('int_records_touched') }}
-- depends_on: {{ ref('int_reviews_read') }}
select
    node_key,
    component_key
from components_work
