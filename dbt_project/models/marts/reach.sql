with

profiles as (
    select
        count(*) as people_count,
        count(email) as email_address_count,
        count(phone) as sms_address_count,
        count(case when has_email_consent then 1 end) as email_consent_count,
        count(case when has_sms_consent then 1 end) as sms_consent_count,
        count(case when is_email_suppressed then 1 end) as email_suppressed_count,
        count(case when is_sms_suppressed then 1 end) as sms_suppressed_count,
        count(case when is_email_reachable then 1 end) as email_reachable_count,
        count(case when is_sms_reachable then 1 end) as sms_reachable_count
    from {{ ref('profiles') }}
)
{% for channel in ['email', 'sms'] %}
{{ 'union all' if not loop.first }}
select
    '{{ channel }}' as channel,
    'marketing' as purpose,
    {{ as_of() }} as as_of,
    people_count,
    {{ channel }}_address_count as address_count,
    {{ channel }}_consent_count as consent_count,
    {{ channel }}_suppressed_count as suppressed_count,
    {{ channel }}_reachable_count as reachable_count
from profiles
{%- endfor %}
