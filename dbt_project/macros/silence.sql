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

{#- Whether a person is not among those who are written to no more (audience sunset): for triggers that no deed of theirs sets off. -#}
{% macro is_still_written_to(profile_id) -%}
    {{ profile_id }} not in (select silent.profile_id from {{ silent_since(var('inactive').sunset_after_days) }} as silent)
{%- endmacro %}
