{#- The queries behind marts.metrics, written from macros/kpis.sql: one reading of each model for all that can be counted in one,
    and `counted`, a row for each metric, period type (day, week, month) and period with anything in it. -#}
{% macro kpis_counted() -%}
{%- set period_types = ['day', 'week', 'month'] -%}
{% for kpis_alike in kpi_groups() -%}
{%- set one, group = kpis_alike[0], loop.index -%}
{%- if one.get('counted') == 'each' %}
counted_{{ group }} as (
    {%- for period_type in period_types %}
    select
        '{{ period_type }}' as period_type,
        cast(date_trunc('{{ period_type }}', {{ one['date'] }}) as date) as period_start
        {%- for kpi in kpis_alike %},
        {{ kpi['numerator'] | replace('{period}', period_type) }} as numerator_{{ loop.index }},
        {{ (kpi.get('denominator') or 'null') | replace('{period}', period_type) }} as denominator_{{ loop.index }}
        {%- endfor %}
    from {{ ref(one['from']) }}
    where {{ one.get('where') or 'true' }} and {{ one['date'] }} <= {{ as_of() }}
    group by cast(date_trunc('{{ period_type }}', {{ one['date'] }}) as date)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),
{% else %}
-- one reading of the rows; days make weeks and months
days_{{ group }} as (
    select
        cast({{ one['date'] }} as date) as day
        {%- for kpi in kpis_alike %},
        {{ kpi['numerator'] }} as numerator_{{ loop.index }},
        {{ kpi.get('denominator') or 'null' }} as denominator_{{ loop.index }}
        {%- endfor %}
    from {{ ref(one['from']) }}
    where {{ one.get('where') or 'true' }} and {{ one['date'] }} <= {{ as_of() }}
    group by cast({{ one['date'] }} as date)
),

counted_{{ group }} as (
    {%- for period_type in period_types %}
    select
        '{{ period_type }}' as period_type,
        cast(date_trunc('{{ period_type }}', day) as date) as period_start
        {%- for kpi in kpis_alike %},
        sum(numerator_{{ loop.index }}) as numerator_{{ loop.index }},
        sum(denominator_{{ loop.index }}) as denominator_{{ loop.index }}
        {%- endfor %}
    from days_{{ group }}
    group by cast(date_trunc('{{ period_type }}', day) as date)
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),
{% endif %}
{% endfor %}
counted as (
    {%- for kpis_alike in kpi_groups() %}
    select
        counts.period_type,
        counts.period_start,
        case entries.number
            {%- for kpi in kpis_alike %}
            when {{ loop.index0 }} then '{{ kpi['metric'] }}'
            {%- endfor %}
        end as metric,
        {%- for part in ['numerator', 'denominator'] %}
        case entries.number
            {%- for kpi in kpis_alike %}
            when {{ loop.index0 }} then cast(counts.{{ part }}_{{ loop.index }} as decimal(28, 4))
            {%- endfor %}
        end as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from counted_{{ loop.index }} as counts
    cross join {{ numbers_below(kpis_alike | length) }} as entries
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}

{#- The entries that one query can count: of one model, by one date, over the same rows, in the same way. -#}
{% macro kpi_groups() -%}
    {%- set groups = {} -%}
    {%- for kpi in kpis() -%}
        {%- set key = [kpi['from'], kpi['date'], kpi.get('where') or 'true', kpi.get('counted') == 'each'] | string -%}
        {%- do groups.setdefault(key, []).append(kpi) -%}
    {%- endfor -%}
    {{ return(groups.values() | list) }}
{%- endmacro %}

{#- The instant at which a period is over. -#}
{% macro period_end(period_type, period_start) -%}
    case {{ period_type }}
        when 'day' then {{ plus_days('cast(' ~ period_start ~ ' as timestamp)', 1) }}
        when 'week' then {{ plus_days('cast(' ~ period_start ~ ' as timestamp)', 7) }}
        else {{ plus_months('cast(' ~ period_start ~ ' as timestamp)', 1) }}
    end
{%- endmacro %}

{#- A value of a metric as people read it. -#}
{% macro metric_said(value, unit) -%}
    case {{ unit }}
        when 'share' then cast(cast(100 * {{ value }} as decimal(18, 1)) as varchar) || ' %'
        when 'count' then cast(cast({{ value }} as decimal(18, 0)) as varchar)
        else cast(cast({{ value }} as decimal(18, 2)) as varchar)
    end
{%- endmacro %}

{#- A text as SQL writes it. -#}
{% macro quoted(text) -%} '{{ text | replace("'", "''") }}' {%- endmacro %}
