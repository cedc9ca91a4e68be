{#- Whether a person waits for the customer service in a way that marketing had better wait for too (`hold_while_open`). -#}
{% macro waits_for_service() -%}
    {%- set held = var('hold_while_open') -%}
    {%- if held == 'complaint' -%} has_open_complaint
    {%- elif held == 'ticket' -%} open_tickets_count > 0
    {%- elif held == 'nothing' -%} false
    {%- else -%} {{ exceptions.raise_compiler_error("hold_while_open: " ~ held ~ " is not known; known are complaint, ticket, nothing") }}
    {%- endif -%}
{%- endmacro %}
