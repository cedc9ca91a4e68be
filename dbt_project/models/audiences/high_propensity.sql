select
    profile_id,
    {{ campaign(channel='email', purpose='marketing') }}
from {{ latest_scores('purchase_30d') }} as propensity
where score >= {{ var('high_propensity') }}
