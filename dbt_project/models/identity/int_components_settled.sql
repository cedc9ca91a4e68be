{{
    config(
        pre_hook="{{ contract_components(ref('int_links_accepted'), target.database ~ '.' ~ this.schema ~ '.components_work') }}",
        post_hook="drop table if exists {{ this.schema }}.components_work"
    )
}}

-- depends_on: {{ ref('int_links_accepted') }}
select
    node_key,
    component_key
from {{ this.schema }}.components_work
