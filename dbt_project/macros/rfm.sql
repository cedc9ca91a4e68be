{#- Scores from 1 to 5 and what parts them: `vars.rfm` says whether fifths of the customers do (quintiles) or figures of the shop's
    own (thresholds). Either way four cuts lie between five scores and equal customers score equally: a fifth is empty where many
    are equal, where ntile() would part them by chance. -#}

{#- The policy, checked. -#}
{% macro rfm_policy() -%}
    {%- set policy = var('rfm') -%}
    {%- if policy.method not in ['quintiles', 'thresholds'] -%}
        {{ exceptions.raise_compiler_error("vars.rfm.method is " ~ policy.method ~ "; it must be quintiles or thresholds") }}
    {%- endif -%}
    {%- for name in ['recency_days', 'orders', 'revenue'] if policy.method == 'thresholds' -%}
        {%- if policy[name] | length != 4 or policy[name] | sort != policy[name] -%}
            {{ exceptions.raise_compiler_error("vars.rfm." ~ name ~ " must be four figures, the smallest first") }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(policy) }}
{%- endmacro %}

{#- A query of the cuts of each month: recency_cuts_1 to _4 (dates), orders_cuts_…, revenue_cuts_…, the first the lowest. `customers` is a
    CTE of month, moment_date (the day that recency counts to), last_order_date, orders_count, revenue_amount. -#}
{% macro rfm_cuts(customers) -%}
    {%- set policy = rfm_policy() -%}
    select
        month
        {%- for name in ['recency_cuts', 'orders_cuts', 'revenue_cuts'] -%}
        {%- for place in range(1, 5) %},
        {{ item_of(name, place) }} as {{ name }}_{{ place }}
        {%- endfor -%}
        {%- endfor %}
    from (
        select
            month,
            {%- if policy.method == 'quintiles' %}
            {{ fifths_of('last_order_date') }} as recency_cuts,
            {{ fifths_of('orders_count') }} as orders_cuts,
            {{ fifths_of('revenue_amount') }} as revenue_cuts
            {%- else %}
            {%- set days = [] -%}
            {%- for number in policy.recency_days | reverse -%}
                {%- do days.append("cast(" ~ plus_days("max(moment_date)", -number) ~ " as date)") -%}
            {%- endfor %}
            {{ list_of(days) }} as recency_cuts,
            {{ list_of(policy.orders) }} as orders_cuts,
            {{ list_of(policy.revenue) }} as revenue_cuts
            {%- endif %}
        from {{ customers }}
        group by month
    ) as listed
{%- endmacro %}

{#- The score of a value; NULL has none. Who lies on a cut of the customers' own belongs below it, who reaches a threshold has passed it. -#}
{% macro rfm_score(value, cuts) -%}
    {%- set passes = '>' if rfm_policy().method == 'quintiles' else '>=' -%}
    case
        when {{ value }} is not null
            then
                1
                {%- for place in range(1, 5) %}
                + case when {{ value }} {{ passes }} {{ cuts }}_{{ place }} then 1 else 0 end
                {%- endfor %}
    end
{%- endmacro %}
