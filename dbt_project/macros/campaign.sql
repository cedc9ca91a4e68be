{#- The routing of an audience or a trigger, as columns: what is asked for, by which channel, in whose interest. The
    campaign is named after the file. Goes last in the select list of a model in audiences/ or triggers/.

    channel                 'email', 'sms' or 'best' (the person's preferred one)
    message                 a message of seeds/messages.csv; none for an audience, whose flow is the provider's
    purpose                 'marketing' or 'transactional'
    is_void_after_order     whether an order placed since it happened takes the reason away -#}
{% macro campaign(channel, purpose, message=none, is_void_after_order=false) -%}
    {%- if channel not in ['email', 'sms', 'best'] -%}
        {{ exceptions.raise_compiler_error(model.name ~ ": channel is " ~ channel ~ "; it must be email, sms or best") }}
    {%- endif -%}
    {%- if purpose not in ['marketing', 'transactional'] -%}
        {{ exceptions.raise_compiler_error(model.name ~ ": purpose is " ~ purpose ~ "; it must be marketing or transactional") }}
    {%- endif -%}
    '{{ model.name }}' as campaign,
    '{{ channel }}' as channel,
    {% if message %}'{{ message }}'{% else %}cast(null as varchar){% endif %} as message,
    '{{ purpose }}' as purpose,
    {{ 'true' if is_void_after_order else 'false' }} as is_void_after_order
{%- endmacro %}
