{#- Every request of every trigger and audience, in the order of the programme. -#}
with

requested as (
    {% for name in trigger_names() %}
    {%- set tokens = tokens_of(name) %}
    select
        'message' as kind,
        {{ loop.index }} as priority,
        campaign,
        '{{ scenario_of(name) }}' as scenario,
        profile_id,
        occurred_at,
        occasion,
        cast({{ 'product_id' if 'product_id' in columns_of(name) else 'null' }} as varchar) as product_id,
        {{ json_of(tokens) if tokens else 'cast(null as varchar)' }} as tokens,
        channel as asked_channel,
        message,
        purpose,
        is_urgent,
        is_void_after_order,
        is_void_after_return,
        is_void_while_ticket
    from {{ ref(name) }}
    {{ 'union all' if not loop.last or audience_names() }}
    {% endfor %}
    {% for name in audience_names() %}
    select
        'membership' as kind,
        {{ trigger_names() | length + loop.index }} as priority,
        campaign,
        '{{ name }}' as scenario,
        profile_id,
        cast(null as timestamp) as occurred_at,
        'member' as occasion,
        cast(null as varchar) as product_id,
        cast(null as varchar) as tokens,
        channel as asked_channel,
        message,
        purpose,
        is_urgent,
        is_void_after_order,
        is_void_after_return,
        is_void_while_ticket
    from {{ ref(name) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
    {%- if not trigger_names() + audience_names() %}
    {{ nothing_of({
        'kind': 'varchar', 'priority': 'integer', 'campaign': 'varchar', 'scenario': 'varchar', 'profile_id': 'varchar',
        'occurred_at': 'timestamp', 'occasion': 'varchar', 'product_id': 'varchar', 'tokens': 'varchar',
        'asked_channel': 'varchar', 'message': 'varchar', 'purpose': 'varchar', 'is_urgent': 'boolean',
        'is_void_after_order': 'boolean', 'is_void_after_return': 'boolean', 'is_void_while_ticket': 'boolean'
    }) }}
    {%- endif %}
)

select
    kind,
    priority,
    campaign,
    scenario,
    profile_id,
    occurred_at,
    occasion,
    product_id,
    tokens,
    asked_channel,
    message,
    purpose,
    is_urgent,
    is_void_after_order,
    is_void_after_return,
    is_void_while_ticket
from requested
