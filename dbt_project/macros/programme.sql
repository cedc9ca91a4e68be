{#- The programme as the variables `triggers` and `audiences` have it: names in order of priority, and each trigger's scenario. -#}
{% macro trigger_names() -%}
    {%- set names = [] -%}
    {%- for entry in var('triggers') or [] -%}
        {%- if entry is not mapping or entry | length != 1 -%}
            {{ exceptions.raise_compiler_error("triggers: " ~ entry ~ " is not of the form `name: scenario`") }}
        {%- endif -%}
        {%- do names.append(entry.keys() | first) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro scenario_of(trigger) -%}
    {%- for entry in var('triggers') or [] if trigger in entry -%} {{ return(entry[trigger]) }} {%- endfor -%}
    {{ return(trigger) }}
{%- endmacro %}

{#- Pairs of a scenario and a stronger one that it steps back for, as a query. -#}
{% macro stronger_scenarios() -%}
    {%- set known = [] -%}
    {%- for name in trigger_names() -%} {%- do known.append(scenario_of(name)) -%} {%- endfor -%}
    {%- set pairs = [] -%}
    {%- for weak, strong in (var('yields_to') or {}).items() -%}
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

{% macro audience_names() -%} {{ return(var('audiences') or []) }} {%- endmacro %}

{#- What a campaign's .yml says of it under `config: meta:`; nothing in a unit test. -#}
{% macro about_campaign(name) -%}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ name) if execute and graph.nodes is defined -%}
    {{ return(node.config.meta if node else {}) }}
{%- endmacro %}

{#- A text literal; NULL for nothing. -#}
{% macro literal_of(text) -%}
    {%- if text is none or text == '' -%} cast(null as varchar) {%- else -%} '{{ text | string | replace("'", "''") | trim }}' {%- endif -%}
{%- endmacro %}

{#- The caps as a list: scope (all, email, sms), span (day, week), most, `sent` (the column of int_messages_counted) and `reached`, a
    condition on a candidate beside these columns; where channels are tried, the caps of each hold for all arms alike. What the policy does not name has no cap. -#}
{% macro caps() -%}
    {%- set columns = {'day': '24h', 'week': '7d'} -%}
    {%- set listed = [] -%}
    {%- for scope, spans in (var('caps') or {}).items() -%}
        {%- for span, most in (spans or {}).items() if most is not none -%}
            {%- if scope not in ['all', 'email', 'sms'] or span not in columns -%}
                {{ exceptions.raise_compiler_error(
                    "caps: " ~ scope ~ ": " ~ span ~ " is not known; there are all, email and sms, each with day and week") }}
            {%- endif -%}
            {%- set sent = 'sent_' ~ scope ~ '_' ~ columns[span] -%}
            {%- set reached = ("" if scope == 'all' else "(channel = '" ~ scope ~ "' or is_of_channels) and ") ~ sent ~ " >= " ~ most -%}
            {%- do listed.append({'scope': scope, 'span': span, 'most': most, 'sent': sent, 'reached': reached}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(listed) }}
{%- endmacro %}

{#- What was decided by: a short hash of the campaign's own code, the policy and the code of all that decisions.decisions rests on in
    its stage. The same on every machine and in every run; another where any of these is changed. -#}
{% macro rule_version(campaign) -%}
    {%- set prefix = 'model.' ~ project_name ~ '.' -%}
    {%- set nodes = graph.nodes if execute and graph.nodes is defined else {} -%}
    {%- set open, seen = [prefix ~ 'decisions'], [] -%}
    {%- for _ in range(nodes | length) if open -%}
        {%- set name = open.pop() -%}
        {%- if name in nodes and name not in seen and nodes[name].fqn[1] == 'decisions' -%}
            {%- do seen.append(name) -%}
            {%- for parent in nodes[name].depends_on.nodes -%} {%- do open.append(parent) -%} {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for name in seen | sort + [prefix ~ campaign] if name in nodes -%}
        {%- do parts.append(nodes[name].raw_code) -%}
    {%- endfor -%}
    {%- for name in [
        'triggers', 'audiences', 'yields_to', 'scenario_hours', 'cooldown_hours', 'fatigue', 'caps', 'quiet_from_hour', 'quiet_until_hour',
        'send_time', 'spike', 'hold_while_open', 'ticket_forgotten_days', 'holdout_global_pct', 'holdout_campaign_pct', 'review'
    ] -%}
        {%- do parts.append(name ~ tojson(var(name, none), sort_keys=true)) -%}
    {%- endfor -%}
    {%- set about = about_campaign(campaign) -%}
    {%- do parts.append(tojson([about.get('holdout_pct'), about.get('experiment'), about.get('review_on') | string], sort_keys=true)) -%}
    {{ return(local_md5(parts | join('\n'))[:8]) }}
{%- endmacro %}

{#- What a campaign's model is made of, as the unique ids of the graph; nothing in a unit test. -#}
{% macro parents_of(name) -%}
    {%- set node = graph.nodes.get('model.' ~ project_name ~ '.' ~ name) if execute and graph.nodes is defined -%}
    {{ return(node.depends_on.nodes if node else []) }}
{%- endmacro %}
