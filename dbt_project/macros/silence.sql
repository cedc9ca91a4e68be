{#- Who gave no sign of life for at least so many days although they were written to (marts.attention), as a query of profile_id and
    last_sign_at. Any sign ends it. -#}
{% macro silent_since(days) -%}
    (
        select
            profile_id,
            last_sign_at
        from {{ ref('attention') }}
        where is_silent and last_sign_at <= {{ plus_days(as_of(), -days) }}
    )
{%- endmacro %}
