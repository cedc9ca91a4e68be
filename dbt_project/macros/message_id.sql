{#- The name of one message for ever: of campaign, person and occasion, never of the run, so that a repetition is recognised. -#}
{% macro message_id(campaign, profile_id, occasion) -%}
    md5({{ campaign }} || '|' || {{ profile_id }} || '|' || {{ occasion }})
{%- endmacro %}

{#- The occasion of the message that follows by another channel after the first came back. -#}
{% macro second_occasion(occasion) -%}
    {{ occasion }} || '|after_bounce'
{%- endmacro %}
