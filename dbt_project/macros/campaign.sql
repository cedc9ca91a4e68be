{#- The routing of an audience or a trigger, as columns: what is asked for, by which channel, in whose interest. The campaign and
    its message are named after the file. Goes last in the select list of a model in audiences/ or triggers/.

    channel      'email', 'sms' or 'best': what the person prefers, else what worked best, else by urgency
    purpose      'marketing' or 'transactional'
    voided_by    what takes the reason away: 'order' (a paid order since it happened), 'return' (goods came back or money went
                 back since), 'ticket' (the person has an open ticket)
    is_urgent    whether it is of use only soon: it does not wait for the person's best hour -#}
{% macro campaign(channel, purpose, voided_by=[], is_urgent=false) -%}
    {%- if channel not in ['email', 'sms', 'best'] -%}
        {{ exceptions.raise_compiler_error(model.name ~ ": channel is " ~ channel ~ "; it must be email, sms or best") }}
    {%- endif -%}
    {%- if purpose not in ['marketing', 'transactional'] -%}
        {{ exceptions.raise_compiler_error(model.name ~ ": purpose is " ~ purpose ~ "; it must be marketing or transactional") }}
    {%- endif -%}
    {%- for what in voided_by if what not in ['order', 'return', 'ticket'] -%}
        {{ exceptions.raise_compiler_error(model.name ~ ": voided_by has " ~ what ~ "; it may have order, return and ticket") }}
    {%- endfor -%}
    {#- its templates in messages/ are checked against this -#}
    {%- do config(meta={'asks': {'channel': channel, 'purpose': purpose, 'is_urgent': is_urgent}}) -%}
    {%- set is_trigger = model.fqn[1] == 'triggers' -%}
    '{{ model.name }}' as campaign,
    '{{ channel }}' as channel,
    {% if is_trigger %}'{{ model.name }}'{% else %}cast(null as varchar){% endif %} as message,
    '{{ purpose }}' as purpose,
    {{ 'true' if is_urgent else 'false' }} as is_urgent,
    {{ 'true' if 'order' in voided_by else 'false' }} as is_void_after_order,
    {{ 'true' if 'return' in voided_by else 'false' }} as is_void_after_return,
    {{ 'true' if 'ticket' in voided_by else 'false' }} as is_void_while_ticket
{%- endmacro %}
