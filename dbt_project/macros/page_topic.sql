{#- What a page is about, in small letters: the group that its site gives it, else the first part of its path, unless that is
    just a part of a shop (vars.pages_without_topic). -#}
{% macro page_topic(content_group, page_location) -%}
    case
        when trim({{ content_group }}) <> '' and trim({{ content_group }}) <> '(not set)' then lower(trim({{ content_group }}))
        when {{ page_part(page_location) }} not in ('{{ var('pages_without_topic') | join("', '") }}')
            then {{ page_part(page_location) }}
    end
{%- endmacro %}

{#- "guides" of https://shop.example.com/de/Guides/tea?x=1, "about" of /about.html; NULL of the start page. What has no letter and
    two more characters is a language or a number. -#}
{% macro page_part(page_location) -%}
    {{ regex_found(
        'lower(' ~ page_location ~ ')',
        '^[a-z]+://[^/?#]+/(?:[a-z][a-z](?:[-_][a-z][a-z])?/)?([^/?#.a-z]*[a-z][^/?#.]{2,})'
    ) }}
{%- endmacro %}
