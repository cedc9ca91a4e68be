{#- What is tried on whom: every control group and every experiment that the programme declares under `config: meta:` (docs/experiments.md),
    as a list. Each has experiment, kind (global, campaign, variants), campaign, metric, outcome_days, plan, looks, minimum_effect, hypothesis,
    varies, guardrails, owner, starts_on and arms; an arm has name, share (all together 1), content, channel, send_hour and offer. A wrong
    declaration stops the build. In a unit test, which has no graph, there is the control group of everything alone. -#}
{% macro experiments() -%}
    {%- set found = [_holdout('holdout', 'global', none, {}, _pct_of('vars.holdout_global_pct', var('holdout_global_pct')))] -%}
    {%- set names = {} -%}
    {%- for campaign in trigger_names() + audience_names() -%}
        {%- set about = about_campaign(campaign) -%}
        {%- if about.get('asks', {}).get('purpose') == 'marketing' -%}
            {%- do found.append(_holdout('holdout:' ~ campaign, 'campaign', campaign, about, holdout_pct(campaign))) -%}
        {%- endif -%}
        {%- if about.get('experiment') is not none -%}
            {%- set one = _experiment(campaign, about) -%}
            {%- if one.name in names -%}
                {{ wrong_experiment(campaign, "the experiment " ~ one.name ~ " is one of " ~ names[one.name] ~ " too; give it another name") }}
            {%- endif -%}
            {%- do names.update({one.name: campaign}) -%}
            {%- do found.append(one) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The share, in percent, of people who are a campaign's own control group. -#}
{% macro holdout_pct(campaign) -%}
    {%- set own = about_campaign(campaign).get('holdout_pct') -%}
    {%- if own is none -%} {{ return(_pct_of('vars.holdout_campaign_pct', var('holdout_campaign_pct'))) }} {%- endif -%}
    {{ return(_pct_of(file_of(campaign) ~ ': holdout_pct', own)) }}
{%- endmacro %}

{% macro _pct_of(where, pct) -%}
    {%- if pct is not number or pct is boolean or pct < 0 or pct > 100 -%}
        {{ exceptions.raise_compiler_error(where ~ " is " ~ pct ~ "; write a percentage from 0 to 100, such as 5 or 0.5") }}
    {%- endif -%}
    {{ return(pct) }}
{%- endmacro %}

{% macro _holdout(experiment, kind, campaign, about, pct) -%}
    {%- set rules = var('experiments') -%}
    {%- set measure = _measure_of(campaign, about) -%}
    {%- set none_of_it = {'content': none, 'channel': none, 'send_hour': none, 'offer': none, 'parts': none} -%}
    {{ return({
        'experiment': experiment, 'kind': kind, 'campaign': campaign, 'name': experiment, 'metric': measure.metric, 'outcome_days': measure.days,
        'plan': rules.plan, 'looks': 1 if rules.plan == 'fixed' else rules.looks, 'minimum_effect': none,
        'hypothesis': about.get('hypothesis'), 'varies': none, 'guardrails': ['unsubscribed', 'complained'], 'owner': about.get('owner'),
        'starts_on': none, 'arms': [
            dict(none_of_it, name='control', share=pct / 100), dict(none_of_it, name='treated', share=1 - pct / 100)
        ]
    }) }}
{%- endmacro %}

{% macro _experiment(campaign, about) -%}
    {%- set said = about.experiment -%}
    {%- do check_experiment(campaign, about) -%}
    {%- set rules, measure = var('experiments'), _measure_of(campaign, about) -%}
    {%- set plan = said.get('plan', rules.plan) -%}
    {%- set arms = [] -%}
    {%- for name, arm in said.variants.items() -%}
        {%- do arms.append({
            'name': name, 'share': arm.share / (said.variants.values() | sum(attribute='share')), 'content': arm.get('content'),
            'channel': arm.get('channel'), 'send_hour': arm.get('send_hour'), 'offer': arm.get('offer'), 'parts': arm.get('parts')
        }) -%}
    {%- endfor -%}
    {{ return({
        'experiment': campaign ~ ':' ~ said.name, 'kind': 'variants', 'campaign': campaign, 'name': said.name,
        'metric': said.get('metric', measure.metric), 'outcome_days': said.get('days', measure.days), 'plan': plan,
        'looks': 1 if plan == 'fixed' else said.get('looks', rules.looks), 'minimum_effect': said.get('minimum_effect'),
        'hypothesis': said.hypothesis, 'varies': said.varies, 'guardrails': said.get('guardrails', ['unsubscribed', 'complained']),
        'owner': about.get('owner'), 'starts_on': said.get('starts_on'), 'arms': arms
    }) }}
{%- endmacro %}

{#- What a campaign is measured by: its own word, else the policy's. -#}
{% macro _measure_of(campaign, about) -%}
    {%- set measure = dict(var('experiments').measure, **(about.get('measure') or {})) -%}
    {%- do check_measure(file_of(campaign) ~ ': measure', measure.metric, measure.days) -%}
    {{ return(measure) }}
{%- endmacro %}
