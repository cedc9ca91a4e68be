{#- Whether the shop has this system: it stands in the list `systems` of dbt_project.yml. -#}
{% macro is_used(system) -%} {{ return(system in var('systems')) }} {%- endmacro %}
