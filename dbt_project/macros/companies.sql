{#- A domain as registered: without subdomains, one label before the suffix (acme.com of mail.acme.com, acme.co.uk of its own). Of a
    suffix in two parts a country's usual ones are known (co.uk, com.au, or.at); NULL of what is no domain. -#}
{% macro registered_domain(domain) -%}
    case
        when split_part({{ domain }}, '.', -2) = '' then null
        when
            length(split_part({{ domain }}, '.', -1)) = 2
            and split_part({{ domain }}, '.', -3) <> ''
            and split_part({{ domain }}, '.', -2) in (
                'ac', 'co', 'com', 'edu', 'go', 'gob', 'gouv', 'gov', 'ltd', 'me', 'ne', 'net', 'nom', 'or', 'org', 'plc'
            )
            then
                split_part({{ domain }}, '.', -3) || '.' || split_part({{ domain }}, '.', -2)
                || '.' || split_part({{ domain }}, '.', -1)
        else split_part({{ domain }}, '.', -2) || '.' || split_part({{ domain }}, '.', -1)
    end
{%- endmacro %}

{#- A company's name as one spelling: lower case, without punctuation and legal form; NULL when nothing is left. -#}
{% macro company_key(name) -%}
    {%- set spelled = regex_replaced("lower(" ~ name ~ ")", '[[:punct:][:space:]]+', ' ') -%}
    {%- set forms = 'gmbh|mbh|ag|kg|kgaa|ohg|ug|se|eg|ltd|limited|plc|llp|inc|incorporated|corp|corporation|company|co|llc'
        ~ '|sa|sas|sarl|srl|spa|bv|nv|oy|ab|as|aps|kft|doo|sp z o o|s r o|s a|тов|ооо' -%}
    nullif(trim({{ regex_replaced(spelled, ' (' ~ forms ~ ')( (kg|co|co kg))? *$', '') }}), '')
{%- endmacro %}
