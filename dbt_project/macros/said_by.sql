{#- Whose word a row of the customer service is: the account's, else the contact's, else that of whoever alone has the address.
    To be joined to rows named `said`; gives the profile in `{{ speaker() }}`. -#}
{% macro join_speakers(has_phone=false) -%}
left join {{ ref('identifiers') }} as account
    on said.customer_type = account.identifier_type and said.customer_id = account.identifier_value
left join {{ ref('identifiers') }} as contact
    on said.contact_type = contact.identifier_type and said.contact_id = contact.identifier_value
left join {{ ref('identifiers') }} as mailbox
    on mailbox.identifier_type = 'email' and not mailbox.is_shared and said.email = mailbox.identifier_value
{%- if has_phone %}
left join {{ ref('identifiers') }} as telephone
    on telephone.identifier_type = 'phone' and not telephone.is_shared and said.phone = telephone.identifier_value
{%- endif %}
{%- endmacro %}

{% macro speaker(has_phone=false) -%}
    coalesce(account.profile_id, contact.profile_id, mailbox.profile_id{{ ', telephone.profile_id' if has_phone }})
{%- endmacro %}
