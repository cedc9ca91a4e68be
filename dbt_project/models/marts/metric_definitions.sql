{%- for kpi in kpis() %}
{{ 'union all' if not loop.first }}

select
    {{ loop.index }} as place,
    '{{ kpi['metric'] }}' as metric,
    {{ quoted(kpi['label']) }} as label,
    {{ quoted(kpi['description']) }} as description,
    '{{ kpi['unit'] }}' as unit,
    '{{ kpi['better'] }}' as better,
    '{{ kpi.get('counted', 'sum') }}' as counted,
    {{ kpi.get('settles', 0) }} as settles_days,
    {{ 'true' if kpi.get('denominator') else 'false' }} as is_ratio,
    '{{ kpi['from'] }}' as counted_from,
    '{{ kpi['date'] }}' as counted_by,
    {{ quoted(kpi['numerator']) }} as numerator,
    {{ quoted(kpi.get('denominator') or '') }} as denominator,
    {{ quoted(kpi.get('where') or '') }} as counted_where
{%- endfor %}
