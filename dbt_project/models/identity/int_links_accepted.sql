{{ config(materialized='view') }}

select * from {{ ref('int_links_keyed') }}
{%- if var('matching') %}
union all
select * from {{ ref('int_links_matched') }}
{%- endif %}
