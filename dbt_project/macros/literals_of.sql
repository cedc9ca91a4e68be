{#- The values of a query's first column as a list of text literals, for `in (…)`: asked before the model runs, so that the
    engine sees constants and skips the files without them. `null`, which nothing equals, when the query finds nothing. -#}
{% macro literals_of(query) -%}
    {%- if execute -%}
        {%- set values = run_query(query).columns[0].values() -%}
        {%- for value in values %}'{{ value | replace("'", "''") }}'{{ ', ' if not loop.last }}{% else %}null{% endfor -%}
    {%- else -%}
        null
    {%- endif -%}
{%- endmacro %}
