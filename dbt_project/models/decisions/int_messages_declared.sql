-- what the templates are checked against, whether or not anything goes out
{%- set names = trigger_names() %}

select
    campaign,
    channel,
    purpose,
    columns,
    reads,
    variants
from (
    {% for name in names %}
    {%- set asks = about_campaign(name).get('asks', {}) %}
    {%- set tried = (about_campaign(name).get('experiment') or {}).get('variants') %}
    {%- set parents = [] %}
    {%- for parent in parents_of(name) %}{% do parents.append(parent.split('.') | last) %}{% endfor %}
    select
        '{{ name }}' as campaign,
        {{ literal_of(asks.get('channel')) }} as channel,
        {{ literal_of(asks.get('purpose')) }} as purpose,
        {{ literal_of(columns_of(name) | join(',')) }} as columns,
        {{ literal_of(parents | unique | sort | join(',')) }} as reads,
        {{ literal_of(tojson(tried) if tried else none) }} as variants
    {{ 'union all' if not loop.last }}
    {% endfor %}
) as declared

-- depends on all of them, so that a trigger that is not there is told by name
{% for name in names %}
-- {{ ref(name) }}
{%- endfor %}
