{#- The clock is an argument: the one instant that a run sees the world from, as a timestamp in UTC.
    It comes in as `--vars '{as_of: "2026-06-30 09:00:00"}'`; the shell passes it from the run. -#}
{% macro as_of() -%}
    {%- set given = var('as_of', env_var('REGULARS_AS_OF', '')) | string -%}
    {%- if execute and not given -%}
        {{ exceptions.raise_compiler_error(
            "No as_of: say which instant the run sees, e.g. --vars '{as_of: \"2026-06-30 09:00:00\"}' (UTC), or set REGULARS_AS_OF.") }}
    {%- endif -%}
    cast('{{ given or "1970-01-01 00:00:00" }}' as timestamp)
{%- endmacro %}
