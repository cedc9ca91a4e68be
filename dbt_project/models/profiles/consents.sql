with

statements as (
    select
        identifiers.profile_id,
        stated.person_type,
        stated.person_id,
        stated.channel,
        stated.purpose,
        stated.status,
        stated.recorded_at,
        row_number() over (
            partition by stated.person_type, stated.person_id, stated.channel, stated.purpose
            order by stated.recorded_at desc, stated.status desc, stated.consent_id desc
        ) as place
    from {{ ref('stg_all__consents') }} as stated
    inner join {{ ref('identifiers') }} as identifiers
        on
            stated.person_type = identifiers.identifier_type
            and stated.person_id = identifiers.identifier_value
)

-- each record's last word counts, and where the records of one person disagree the most restrictive wins;
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
