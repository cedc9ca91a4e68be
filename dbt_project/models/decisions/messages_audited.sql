{#- what happened cannot be worked out again: not even --full-refresh begins it anew -#}
{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='message_id',
        full_refresh=false
    )
}}

select
    tokened.message_id,
    tokened.campaign,
    tokened.channel,
    written.tokens,
    written.personal_data,
    written.warnings,
    tokened.decided_at
from {{ ref('int_messages_written') }} as written
inner join {{ ref('int_messages_tokened') }} as tokened on written.message_id = tokened.message_id
where written.unwritten_because is null
