with

held as (
    select * from {{ ref('int_campaigns_counted') }}
    where is_held
),

worded as (
    select
        *,
        case
            when has_band then 'usual are ' || usual_count || ' a day, the median of ' || days_count || ' days'
            else 'it is new, and ' || reachable_count || ' people agreed to messages at all'
        end as usual_words
    from held
)

select
    campaign,
    kind,
    change_count as held_count,
    case
        when kind = 'message'
            then
                'would send ' || going_count || ' messages'
                || case when sent_today_count > 0 then ' beside ' || sent_today_count || ' sent today' else '' end
                || '; ' || usual_words || '; up to ' || most_count || ' go unasked'
        when coalesce(entering_count > most_count, false)
            then
                'would add ' || entering_count || ' people to ' || members_before_count || ' on the list; '
                || usual_words || '; up to ' || most_count || ' go unasked'
        else
            'would take ' || leaving_count || ' people off a list of ' || members_before_count
            || case when has_band then '; usual are ' || usual_leaving_count || ' a day' else '; it is new' end
            || '; up to ' || most_leaving_count || ' go unasked'
    end as words,
    decided_at
from worded
