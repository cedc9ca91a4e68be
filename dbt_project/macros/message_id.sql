{#- The name of one message for ever: of campaign, person and occasion, never of the run, so that a repetition is recognised. -#}
{% macro message_id(campaign, profile_id, occasion) -%}
    md5({{ campaign }} || '|' || {{ profile_id }} || '|' || {{ occasion }})
{%- endmacro %}
