{#- What a declared experiment must be like (macro experiments). Each fault stops the build, with the file and what to do. -#}
{% macro check_experiment(campaign, about) -%}
    {%- set said = about.experiment -%}
    {%- if said is not mapping -%}
        {{ wrong_experiment(campaign, "experiment is no list of facts; write experiment: {name: …, hypothesis: …, varies: …, variants: {…}}") }}
    {%- endif -%}
    {%- do _only(campaign, 'experiment', said, [
        'name', 'hypothesis', 'varies', 'metric', 'days', 'minimum_effect', 'plan', 'looks', 'starts_on', 'guardrails', 'variants'
    ]) -%}
    {%- for fact in ['name', 'hypothesis', 'varies', 'variants'] if not said.get(fact) -%}
        {{ wrong_experiment(campaign, "experiment has no " ~ fact ~ "; write it") }}
    {%- endfor -%}
    {%- if not modules.re.fullmatch('[a-z][a-z0-9_]*', said.name | string) -%}
        {{ wrong_experiment(campaign, "the experiment's name is " ~ said.name ~ "; write it in small letters, digits and _") }}
    {%- endif -%}
    {%- if campaign in audience_names() -%}
        {{ wrong_experiment(campaign, "an audience writes no message that could vary; leave experiment out, holdout_pct is its control group") }}
    {%- endif -%}
    {%- if about.get('asks', {}).get('purpose') == 'transactional' -%}
        {{ wrong_experiment(campaign, "it is transactional, and experiments are about marketing; leave experiment out") }}
    {%- endif -%}
    {%- set where = file_of(campaign) ~ ': experiment ' ~ said.name -%}
    {%- do check_measure(where, said.get('metric', var('experiments').measure.metric), said.get('days', 1)) -%}
    {%- for metric in said.get('guardrails', []) -%} {%- do check_measure(where ~ ': guardrails', metric, 1) -%} {%- endfor -%}
    {%- if said.get('plan', var('experiments').plan) not in ['obrien_fleming', 'pocock', 'fixed'] -%}
        {{ wrong_experiment(campaign, "plan is " ~ said.plan ~ "; it must be obrien_fleming, pocock or fixed") }}
    {%- endif -%}
    {%- set looks = said.get('looks', 1) -%}
    {%- if looks is not integer or looks is boolean or looks < 1 -%}
        {{ wrong_experiment(campaign, "looks is " ~ looks ~ "; write a whole number from 1") }}
    {%- endif -%}
    {%- set effect = said.get('minimum_effect', 0.1) -%}
    {%- if effect is not number or effect is boolean or effect <= 0 -%}
        {{ wrong_experiment(campaign, "minimum_effect is " ~ effect ~ "; write a share of what is usual, such as 0.1") }}
    {%- endif -%}
    {%- if said.get('starts_on') and not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', said.starts_on | string) -%}
        {{ wrong_experiment(campaign, "starts_on is " ~ said.starts_on ~ "; write a day such as \"2026-07-01\"") }}
    {%- endif -%}
    {%- do _check_variants(campaign, said, about.get('asks', {})) -%}
{%- endmacro %}

{% macro _check_variants(campaign, said, asks) -%}
    {%- set varied = {'content': 'content', 'channel': 'channel', 'send_time': 'send_hour', 'offer': 'offer'} -%}
    {%- if said.varies not in varied -%}
        {{ wrong_experiment(campaign, "varies is " ~ said.varies ~ "; it must be " ~ varied.keys() | join(", ")) }}
    {%- endif -%}
    {%- if said.variants is not mapping or said.variants | length < 2 -%}
        {{ wrong_experiment(campaign, "it has fewer than two variants; write variants: {usual: {share: 50}, other: {share: 50, …}}") }}
    {%- endif -%}
    {%- set shares, told = [], [] -%}
    {%- for name, arm in said.variants.items() -%}
        {%- set what = 'the variant ' ~ name -%}
        {%- if arm is not mapping or arm.get('share') is not number or arm.share is boolean or arm.share < 0 -%}
            {{ wrong_experiment(campaign, what ~ " has no share, or none from 0; write share: 50") }}
        {%- endif -%}
        {%- do _only(campaign, what, arm, ['share', varied[said.varies]] + (['parts'] if said.varies == 'content' else []), said.varies) -%}
        {%- do shares.append(arm.share) -%}
        {%- do told.append(arm.get(varied[said.varies])) if arm.get(varied[said.varies]) is not none -%}
        {%- if arm.get('channel') not in [none, 'email', 'sms'] -%}
            {{ wrong_experiment(campaign, what ~ " has the channel " ~ arm.channel ~ "; it must be email or sms") }}
        {%- endif -%}
        {%- if arm.get('content') is not none and not modules.re.fullmatch('[a-z][a-z0-9_]*', arm.content | string) -%}
            {{ wrong_experiment(campaign, what ~ " has the content " ~ arm.content ~ "; name a folder of messages/" ~ campaign ~ ", in small letters, digits and _") }}
        {%- endif -%}
        {%- for part in arm.get('parts') or [] if part not in ['subject', 'email.txt', 'email.html', 'sms.txt'] -%}
            {{ wrong_experiment(campaign, what ~ " has the part " ~ part ~ "; there are subject, email.txt, email.html and sms.txt") }}
        {%- endfor -%}
        {%- set hour = arm.get('send_hour') -%}
        {%- if hour is not none and (hour is not integer or hour is boolean or hour < 0 or hour > 23) -%}
            {{ wrong_experiment(campaign, what ~ " has the send_hour " ~ hour ~ "; write an hour from 0 to 23") }}
        {%- elif hour is not none and _is_at_night(hour) -%}
            {{ wrong_experiment(campaign, what ~ " has the send_hour " ~ hour ~ ", in the quiet hours; write one when messages may go") }}
        {%- endif -%}
        {%- if arm.get('offer') is not none and (arm.offer is not mapping or not arm.offer) -%}
            {{ wrong_experiment(campaign, what ~ " has an offer without tokens; write offer: {token: value}") }}
        {%- endif -%}
        {%- for token in arm.get('offer') or {} if not modules.re.fullmatch('[a-z][a-z0-9_]*', token | string) -%}
            {{ wrong_experiment(campaign, what ~ " has the token " ~ token ~ " in its offer; write it in small letters, digits and _") }}
        {%- endfor -%}
    {%- endfor -%}
    {%- if shares | sum <= 0 -%}
        {{ wrong_experiment(campaign, "the shares of its variants are nothing together; give one of them more than 0") }}
    {%- endif -%}
    {%- if not told -%}
        {{ wrong_experiment(campaign, "it varies " ~ said.varies ~ ", and no variant says its " ~ varied[said.varies] ~ "; write it for one at least") }}
    {%- endif -%}
    {%- if said.varies == 'send_time' and asks.get('is_urgent') -%}
        {{ wrong_experiment(campaign, "it is urgent, and what is urgent waits for no hour; vary something else") }}
    {%- endif -%}
{%- endmacro %}

{#- What something is measured by, and for how many days. -#}
{% macro check_measure(where, metric, days) -%}
    {%- set known = ['ordered', 'orders', 'revenue', 'clicked', 'opened', 'unsubscribed', 'complained'] -%}
    {%- if metric not in known -%}
        {{ exceptions.raise_compiler_error(where ~ ": there is no metric " ~ metric ~ "; it must be " ~ known | join(", ")) }}
    {%- endif -%}
    {%- if days is not integer or days is boolean or days < 1 -%}
        {{ exceptions.raise_compiler_error(where ~ ": days is " ~ days ~ "; write a whole number from 1") }}
    {%- endif -%}
{%- endmacro %}

{% macro _only(campaign, what, said, known, varies=none) -%}
    {%- for fact in said if fact not in known -%}
        {{ wrong_experiment(
            campaign, what ~ " says " ~ fact ~ ", which is " ~ ("not what varies (" ~ varies ~ ")" if varies else "nothing known")
            ~ "; it may say " ~ known | join(", ")) }}
    {%- endfor -%}
{%- endmacro %}

{% macro _is_at_night(hour) -%}
    {%- set from_hour, until_hour = var('quiet_from_hour') | int, var('quiet_until_hour') | int -%}
    {{ return(hour >= from_hour or hour < until_hour if from_hour > until_hour else hour >= from_hour and hour < until_hour) }}
{%- endmacro %}

{% macro wrong_experiment(campaign, words) -%}
    {{ exceptions.raise_compiler_error(file_of(campaign) ~ ": " ~ words) }}
{%- endmacro %}

{#- Where a campaign says of itself what it is: the file beside its SQL. -#}
{% macro file_of(campaign) -%}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ campaign) if execute and graph.nodes is defined -%}
    {{ return((node.original_file_path | replace('.sql', '.yml')) if node else (campaign or 'dbt_project.yml')) }}
{%- endmacro %}
