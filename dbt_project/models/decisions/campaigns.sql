{%- set kinds = {'message': trigger_names(), 'membership': audience_names()} -%}
{%- set places = [] -%}

with

campaigns as (
    {% for kind, names in kinds.items() %}
    {% for name in names %}
    {%- do places.append(name) -%}
    {%- set about = about_campaign(name) %}
    select
        '{{ name }}' as campaign,
        '{{ kind }}' as kind,
        {{ places | length }} as priority,
        '{{ scenario_of(name) }}' as scenario,
        {%- for fact in ['owner', 'purpose', 'hypothesis', 'metric'] %}
        {{ literal_of(about.get(fact)) }} as {{ fact }},
        {%- endfor %}
        cast({{ literal_of(about.get('review_on')) }} as date) as review_on,
        {{ 'true' if about.get('asks', {}).get('purpose') == 'marketing' else 'false' }} as is_marketing,
        cast({{ holdout_pct(name) }} as double) as holdout_pct,
        {{ literal_of(tokens_of(name) | join(', ')) }} as tokens,
        '{{ rule_version(name) }}' as rule_version
    {{ 'union all' if places | length < (kinds.values() | map('length') | sum) }}
    {% endfor %}
    {% endfor %}
    {%- if not places %}
    {{ nothing_of({
        'campaign': 'varchar', 'kind': 'varchar', 'priority': 'integer', 'scenario': 'varchar', 'owner': 'varchar',
        'purpose': 'varchar', 'hypothesis': 'varchar', 'metric': 'varchar', 'review_on': 'date', 'is_marketing': 'boolean', 'holdout_pct': 'double', 'tokens': 'varchar',
        'rule_version': 'varchar'
    }) }}
    {%- endif %}
)

-- depends on all of them, so that a campaign that is not there is told by name
{% for name in trigger_names() + audience_names() %}
-- {{ ref(name) }}
{%- endfor %}

select
    campaign,
    kind,
    priority,
    scenario,
    owner,
    purpose,
    hypothesis,
    metric,
    review_on,
    case when is_marketing then cast({{ plus_days('review_on', var('review').off_after_days) }} as date) end as off_on,
    holdout_pct,
    tokens,
    rule_version
from campaigns
