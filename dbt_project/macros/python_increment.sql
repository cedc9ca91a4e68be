{#- Where an incremental model's new rows stand until they are added. The adapter writes what a Python model gives as an ordinary table, takes
    it for a temporary one and leaves it, under another name each day; here it is one beside the model, dropped when the rows are in, and
    before that where a run died. Takes the place of the adapter's macro of this name. -#}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') -%}
    {%- if model.language == 'python' -%}
        {{ return({'relation': make_intermediate_relation(target_relation), 'temporary': false}) }}
    {%- endif -%}
    {{ return({'relation': make_temp_relation(target_relation), 'temporary': true}) }}
{%- endmacro %}
