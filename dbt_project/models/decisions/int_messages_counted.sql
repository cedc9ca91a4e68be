select
    profile_id,
    max(sent_at) as last_sent_at,
    {%- for name, hours in {'24h': 24, '7d': 168}.items() %}
    {%- for channel in ['all', 'email', 'sms'] %}
    count(
        case
            when
                sent_at > {{ plus_hours(as_of(), -hours) }}
                {{- " and channel = '" ~ channel ~ "'" if channel != 'all' }}
                then 1
        end
    ) as sent_{{ channel }}_{{ name }},
    {%- endfor %}
    {%- endfor %}
    {{ as_of() }} as counted_at
from {{ ref('int_messages_read') }}
group by profile_id
