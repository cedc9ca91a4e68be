{#- One file, though long: all that is known of a person, in one row. -#}
with

identifiers as (
    select * from {{ ref('identifiers') }}
),

persons as (
    select
        profile_id,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        count(case when identifier_type = '{{ var('contact_ids_of') }}' then 1 end) as contacts_count,
        count(case when identifier_type = '{{ var('customer_ids_of') }}' then 1 end) as accounts_count,
        min(case when identifier_type not in ('email', 'phone', 'ga_pseudo_id', 'guest') then first_seen_at end)
            as signed_up_at
    from identifiers
    group by profile_id
),

addressed as (
    select
        profile_id,
        max(case when channel = 'email' then address end) as email,
        max(case when channel = 'sms' then address end) as phone
    from {{ ref('addresses') }}
    where is_main
    group by profile_id
),

ordered as (
    select
        profile_id,
        count(case when is_paid then 1 end) as orders_count,
        sum(net_amount) as revenue_amount,
        sum(case when is_paid then refunded_amount else 0 end) as refunded_amount,
        {{ latest_value('currency', 'ordered_at') }} as currency,
        {{ latest_value('country_code', 'ordered_at') }} as country_code,
        {{ latest_value('brand', 'ordered_at') }} as brand,
        count(distinct brand) as brands_count,
        min(case when is_paid then ordered_at end) as first_order_at,
        max(case when is_paid then ordered_at end) as last_order_at
    from {{ ref('profile_orders') }}
    where profile_id is not null
    group by profile_id
),

consented as (
    select
        profile_id,
        max(case when channel = 'email' and is_granted then 1 else 0 end) = 1 as has_email_consent,
        max(case when channel = 'sms' and is_granted then 1 else 0 end) = 1 as has_sms_consent
    from {{ ref('consents') }}
    where purpose = 'marketing'
    group by profile_id
),

suppressed as (
    select
        profile_id,
        max(case when channel = 'email' then 1 else 0 end) = 1 as is_email_suppressed,
        max(case when channel = 'sms' then 1 else 0 end) = 1 as is_sms_suppressed
    from {{ ref('suppressions') }}
    group by profile_id
),

-- the draw of everybody's control group: of a merged person's numbers the smallest, so that a merge lets nobody out
drawn as (
    select
        current_profile_id as profile_id,
        min({{ share_of("'global:' || profile_id") }}) as holdout_bucket
    from {{ ref('profile_ids') }}
    group by current_profile_id
),

joined as (
    select
        persons.*,
        addressed.email,
        addressed.phone,
        golden.first_name,
        golden.last_name,
        golden.city,
        golden.birth_date,
        golden.preferred_channel,
        golden.time_zone as stated_time_zone,
        coalesce(golden.country_code, ordered.country_code) as country_code,
        coalesce(ordered.brand, golden.brand) as brand,
        greatest(coalesce(ordered.brands_count, 0), coalesce(golden.brands_count, 0)) as brands_count,
        coalesce(ordered.orders_count, 0) as orders_count,
        coalesce(ordered.revenue_amount, 0) as revenue_amount,
        coalesce(ordered.refunded_amount, 0) as refunded_amount,
        ordered.currency,
        ordered.first_order_at,
        ordered.last_order_at,
        coalesce(consented.has_email_consent, false) as has_email_consent,
        coalesce(consented.has_sms_consent, false) as has_sms_consent,
        coalesce(suppressed.is_email_suppressed, false) as is_email_suppressed,
        coalesce(suppressed.is_sms_suppressed, false) as is_sms_suppressed,
        coalesce(heard.tickets_count, 0) as tickets_count,
        coalesce(heard.open_tickets_count, 0) as open_tickets_count,
        coalesce(heard.has_open_complaint, false) as has_open_complaint,
        heard.last_ticket_solved_at,
        heard.last_nps_score,
        heard.nps_segment,
        heard.average_review_rating,
        heard.last_review_at,
        accounts.account_id,
        accounts.account_id is not null as is_business,
        drawn.holdout_bucket
    from persons
    left join {{ ref('account_members') }} as accounts
        on persons.profile_id = accounts.profile_id and accounts.is_main
    left join addressed on persons.profile_id = addressed.profile_id
    left join {{ ref('golden_records') }} as golden on persons.profile_id = golden.profile_id
    left join {{ ref('int_profiles_heard') }} as heard on persons.profile_id = heard.profile_id
    left join ordered on persons.profile_id = ordered.profile_id
    left join consented on persons.profile_id = consented.profile_id
    left join suppressed on persons.profile_id = suppressed.profile_id
    left join drawn on persons.profile_id = drawn.profile_id
)

select
    joined.profile_id,
    joined.first_name,
    joined.last_name,
    joined.email,
    joined.phone,
    joined.country_code,
    joined.city,
    coalesce(case when known.name is not null then joined.stated_time_zone end, zones.time_zone, 'UTC') as time_zone,
    joined.birth_date,
    joined.account_id,
    joined.is_business,
    joined.brand,
    joined.brands_count,
    joined.has_email_consent,
    joined.has_sms_consent,
    joined.is_email_suppressed,
    joined.is_sms_suppressed,
    joined.email is not null and joined.has_email_consent and not joined.is_email_suppressed as is_email_reachable,
    joined.phone is not null and joined.has_sms_consent and not joined.is_sms_suppressed as is_sms_reachable,
    case
        when
            joined.preferred_channel = 'sms'
            and joined.phone is not null and joined.has_sms_consent and not joined.is_sms_suppressed
            then 'sms'
        when joined.email is not null and joined.has_email_consent and not joined.is_email_suppressed then 'email'
        when joined.phone is not null and joined.has_sms_consent and not joined.is_sms_suppressed then 'sms'
    end as preferred_channel,
    joined.holdout_bucket,
    joined.contacts_count,
    joined.accounts_count,
    joined.signed_up_at,
    joined.first_seen_at,
    joined.last_seen_at,
    joined.orders_count,
    joined.revenue_amount,
    joined.refunded_amount,
    joined.currency,
    joined.first_order_at,
    joined.last_order_at,
    joined.tickets_count,
    joined.open_tickets_count,
    joined.has_open_complaint,
    joined.last_ticket_solved_at,
    joined.last_nps_score,
    joined.nps_segment,
    joined.average_review_rating,
    joined.last_review_at
from joined
left join {{ ref('country_time_zones') }} as zones on joined.country_code = zones.country_code
-- what is no zone at all, as contacts may say, counts as not said
left join {{ time_zones() }} as known on lower(joined.stated_time_zone) = known.name
