{#- The models whose scores are judged by what came of them, each with what its score says of a person within its horizon:
    order (the probability of one), no_order, orders (how many), amount (what they come to). A new model gets its line here. -#}
{% macro score_models() -%}
    {{ return({
        'churn': 'no_order',
        'purchase_30d': 'order',
        'purchase_90d': 'order',
        'expected_orders': 'orders',
        'expected_spend': 'amount',
    }) }}
{%- endmacro %}

{#- Which scores a model reads, itself or through others: by the graph, so that nobody keeps a list. node: a node of `graph`. -#}
{% macro scores_read_by(node) -%}
    {%- set found = [] -%}
    {%- set seen = [] -%}
    {%- set open = [node] -%}
    {%- for _ in range(graph.nodes | length) if open -%}
        {%- for parent in open.pop().depends_on.nodes if parent not in seen -%}
            {%- do seen.append(parent) -%}
            {%- set source = graph.sources.get(parent) -%}
            {%- if source and source.source_name == 'scores' -%}
                {%- do found.append(source.name) -%}
            {%- elif parent in graph.nodes and not parent.endswith('.drift') and graph.nodes[parent].fqn[1] in ['scores', 'audiences', 'triggers'] -%}
                {%- do open.append(graph.nodes[parent]) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{%- endmacro %}

{#- A query of campaign and model: whose audience or trigger reads which score. -#}
{% macro scores_of_campaigns() -%}
    {%- set pairs = [] -%}
    {%- if execute and graph.nodes is defined -%}{#- a unit test has no graph -#}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] in ['audiences', 'triggers'] -%}
            {%- for model in scores_read_by(node) -%}
                {%- do pairs.append("select '" ~ node.name ~ "' as campaign, '" ~ model ~ "' as model") -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return((pairs | sort | join(' union all ')) or nothing_of({'campaign': 'varchar', 'model': 'varchar'})) }}
{%- endmacro %}
