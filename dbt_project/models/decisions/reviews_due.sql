{%- set today -%} cast({{ as_of() }} as date) {%- endset -%}

select
    campaign,
    kind,
    owner,
    review_on,
    off_on,
    coalesce(off_on <= {{ today }}, false) as is_off,
    case
        when off_on <= {{ today }}
            then 'switched off since ' || cast(off_on as varchar) || ', for nobody looked at it since its review on '
        when review_on < {{ today }} and off_on is not null
            then
                'will be switched off on ' || cast(off_on as varchar)
                || ', unless somebody looks at it; its review was due on '
        when review_on < {{ today }} then 'its review was due on '
        else 'its review is due on '
    end || cast(review_on as varchar) || coalesce('; ask ' || owner, '') as words
from {{ ref('campaigns') }}
where review_on <= {{ plus_days(today, var('review').warn_days) }}
