{#- The programme as the variables `triggers` and `audiences` have it: names in order of priority, and each trigger's scenario. -#}
{% macro trigger_names() -%}
    {%- set names = [] -%}
    {%- for entry in var('triggers') -%}
        {%- if entry is not mapping or entry | length != 1 -%}
            {{ exceptions.raise_compiler_error("triggers: " ~ entry ~ " is not of the form `name: scenario`") }}
        {%- endif -%}
        {%- do names.append(entry.keys() | first) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro scenario_of(trigger) -%}
    {%- for entry in var('triggers') if trigger in entry -%} {{ return(entry[trigger]) }} {%- endfor -%}
    {{ return(trigger) }}
{%- endmacro %}

{#- Pairs of a scenario and a stronger one that it steps back for, as a query. -#}
{% macro stronger_scenarios() -%}
    {%- set known = [] -%}
    {%- for name in trigger_names() -%} {%- do known.append(scenario_of(name)) -%} {%- endfor -%}
    {%- set pairs = [] -%}
    {%- for weak, strong in var('yields_to').items() -%}
        {%- for one in strong -%}
            {%- if weak not in known or one not in known -%}
                {{ exceptions.raise_compiler_error(
                    "yields_to: " ~ weak ~ ": " ~ one ~ " names a scenario that no trigger has; there are " ~ known | unique | sort | join(", ")) }}
            {%- endif -%}
            {%- do pairs.append("select '" ~ weak ~ "' as scenario, '" ~ one ~ "' as stronger_scenario") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(pairs | join(' union all ') or nothing_of({'scenario': 'varchar', 'stronger_scenario': 'varchar'})) }}
{%- endmacro %}

{#- The columns that a trigger has of its own, as its .yml describes them: they are the tokens of its message. The routing that
    campaign() writes, and what every trigger has, are none of them. In a unit test, which has no graph, there are none. -#}
{% macro columns_of(campaign) -%}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ campaign) if execute and graph.nodes is defined -%}
    {{ return(node.columns.keys() | list if node else []) }}
{%- endmacro %}
{% macro tokens_of(trigger) -%}
    {{ return(columns_of(trigger) | reject('in', [
        'profile_id', 'occurred_at', 'occasion', 'product_id', 'campaign', 'channel', 'message', 'purpose', 'is_urgent',
        'is_void_after_order', 'is_void_after_return', 'is_void_while_ticket'
    ]) | list) }}
{%- endmacro %}

{% macro audience_names() -%} {{ return(var('audiences')) }} {%- endmacro %}

{#- What a campaign's .yml says of it under `config: meta:`; nothing in a unit test. -#}
{% macro about_campaign(name) -%}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ name) if execute and graph.nodes is defined -%}
    {{ return(node.config.meta if node else {}) }}
{%- endmacro %}

{#- A text literal; NULL for nothing. -#}
{% macro literal_of(text) -%}
    {%- if text is none or text == '' -%} cast(null as varchar) {%- else -%} '{{ text | string | replace("'", "''") | trim }}' {%- endif -%}
{%- endmacro %}
