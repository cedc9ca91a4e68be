{#- What a probability cost in the light of what came: natural logarithm, held off from 0 and 1 by a millionth. -#}
{% macro log_loss(probability, outcome) -%}
    -ln(
        case
            when {{ outcome }} = 1 then greatest({{ probability }}, 0.000001)
            else greatest(1 - {{ probability }}, 0.000001)
        end
    )
{%- endmacro %}

{#- What the model drift says of one model; its columns stand in `models`, `windows` and `judged`. -#}
{% macro drift_in_words() -%}
    case
        when windows.served_at is null then 'no score is old enough to be held against what came of it'
        when judged.people_count is null then 'nobody of those who were scored on ' || cast(cast(windows.served_at as date) as varchar) || ' is here any more'
        else
            case when judged.is_off or judged.is_worse then 'ALARM: ' else '' end
            || 'on ' || cast(cast(windows.served_at as date) as varchar) || ' it expected '
            || cast(cast(round(judged.expected) as bigint) as varchar) || ' '
            || case models.outcome
                when 'order' then 'to order'
                when 'no_order' then 'not to order'
                when 'orders' then 'orders'
                else '{{ reporting_currency() }}'
            end
            || ' of ' || cast(judged.people_count as varchar) || ' people in ' || cast(windows.horizon_days as varchar)
            || ' days; it came to ' || cast(cast(round(judged.observed) as bigint) as varchar)
            || case
                when judged.is_off then ', ' || cast(round(judged.observed_over_expected, 2) as varchar) || ' times as many'
                else ''
            end
            || case
                when judged.is_worse
                    then ', and its log-loss of ' || cast(round(judged.log_loss, 4) as varchar) || ' is worse than the '
                    || cast(round(judged.fallback_log_loss, 4) as varchar) || ' of the fallback'
                else ''
            end
            || case
                when judged.is_off or judged.is_worse
                    then '. The audiences and triggers that read it keep their last state until it is right again'
                else ''
            end
    end
{%- endmacro %}

{#- A test: no score is in doubt. -#}
{% test is_not_alarmed(model) %}
select model, words
from {{ model }}
where is_alarmed
{% endtest %}
