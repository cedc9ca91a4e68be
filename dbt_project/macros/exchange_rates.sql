{#- The one currency that amounts are in from the profiles on: the variable `reporting_currency`, else that of the environment
    (REPORTING_CURRENCY), else the euro. What one unit of another is worth is in seeds/exchange_rates.csv. -#}
{% macro reporting_currency() -%}
    {{ return((var('reporting_currency', '') or env_var('REPORTING_CURRENCY', '') or 'EUR') | string | trim | upper) }}
{%- endmacro %}

{#- An amount at an exchange rate; at 1 it stays what it is to the last digit, without a rate it is NULL. -#}
{% macro at_rate(amount, rate) -%}
    case when {{ rate }} = 1 then {{ amount }} else cast({{ amount }} * {{ rate }} as decimal(18, 4)) end
{%- endmacro %}

{#- Which paid orders have no rate, by currency: a warning from the first on that names the currency, and a failure where they are more
    than one in a hundred. The rows are kept, with NULL for their amounts. -#}
{% test has_rates(model, column_name) %}
    {{ config(fail_calc='coalesce(max(missing_pct), 0)', warn_if='> 0', error_if='> 1') }}
    {%- set counted -%}
        select
            coalesce(order_currency, 'no currency') as currency,
            count(*) as orders_count,
            cast(ceil(100.0 * sum(count(*)) over () / (select count(*) from {{ model }} where is_paid)) as integer) as missing_pct
        from {{ model }}
        where is_paid and {{ column_name }} is null
        group by order_currency
    {%- endset -%}
    {%- if execute and flags.WHICH in ['build', 'test'] -%}
        {%- for row in run_query(counted ~ ' order by 2 desc, 1') -%}
            {%- do exceptions.warn(row[1] ~ " paid orders in " ~ row[0] ~ " have no rate to " ~ reporting_currency()
                ~ " and count in no amount: add a line to seeds/exchange_rates.csv") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ counted }}
{% endtest %}
