{#- One figure of the table `identity_keys` (dbt_project.yml) for the type that a column names; NULL where it has none. -#}
{% macro of_key(figure, identifier_type='identifier_type') -%}
    case {{ identifier_type }}
        {%- for name, figures in var('identity_keys').items() if figures.get(figure) is not none %}
        when '{{ name }}' then {{ "'" ~ figures[figure] ~ "'" if figures[figure] is string else figures[figure] }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The mailbox behind an address: what follows a + is the owner's own mark, and Google's mailboxes ignore dots. -#}
{% macro mailbox_of(email) -%}
    case
        when {{ email }} like '%@gmail.com' or {{ email }} like '%@googlemail.com'
            then replace({{ regex_replaced(email, "([+].*)?@.*$", "") }}, '.', '') || '@gmail.com'
        else {{ regex_replaced(email, "[+][^@]*@", "@") }}
    end
{%- endmacro %}

{#- The id of the guest behind an order: the same e-mail, phone, name and brand are the same guest. NULL without any address.
    `orders` is the alias of a relation with the columns of stg_all__orders. -#}
{% macro guest_id(orders) -%}
    case
        when {{ orders }}.customer_id is null and ({{ orders }}.email is not null or {{ orders }}.phone is not null)
            then md5(
                coalesce({{ orders }}.email, '')
                || '|' || coalesce({{ orders }}.phone, '')
                || '|' || coalesce(lower({{ orders }}.first_name), '')
                || '|' || coalesce(lower({{ orders }}.last_name), '')
                || '|' || coalesce({{ orders }}.brand, '')
            )
    end
{%- endmacro %}
