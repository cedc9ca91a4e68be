with

statements as (
    select
        identifiers.profile_id,
        stated.contact_id,
        stated.channel,
        stated.purpose,
        stated.status,
        stated.recorded_at,
        row_number() over (
            partition by stated.contact_id, stated.channel, stated.purpose
            order by stated.recorded_at desc, stated.status desc, stated.consent_id desc
        ) as place
    from {{ ref('stg_crm__consents') }} as stated
    inner join {{ ref('identifiers') }} as identifiers
        on
            identifiers.identifier_type = 'crm_id'
            and stated.contact_id = identifiers.identifier_value
)

-- each contact's last word counts, and where the contacts of one person disagree the most restrictive wins;
-- of two statements at the same instant the withdrawal does ('withdrawn' sorts after 'granted')
select
    profile_id,
    channel,
    purpose,
    min(case when status = 'granted' then 1 else 0 end) = 1 as is_granted,
    max(recorded_at) as stated_at,
    count(*) as contacts_count
from statements
where place = 1
group by profile_id, channel, purpose
