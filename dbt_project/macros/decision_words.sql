{#- Why a message goes or does not, in words with the figures of the rule: for whoever asks why somebody got it, or nothing. A
    condition on each reason of models/decisions/decisions.sql, which says where its figures stand. Times are UTC; what it names of
    a person are ids and times alone. -#}
{% macro because_of_decision() -%}
    {%- set send_time = var('send_time') -%}
    case
        when is_suppressed
            then 'nothing goes by ' || channel || ' any more'
            || coalesce(': ' || suppressed_by || ' on ' || {{ minute_of('suppressed_since_at') }}, '')
        when has_no_consent
            then coalesce(
                'consent to ' || purpose || ' by ' || channel || ' was refused or withdrawn, last said on '
                || {{ minute_of('consent_stated_at') }},
                'nobody agreed to ' || purpose || ' by ' || channel
            )
        when is_unreachable
            then 'no ' || case channel when 'sms' then 'telephone number' else 'e-mail address' end || ' of this person alone is known'
        when is_review_overdue
            then campaign || ' is switched off since ' || cast(off_on as varchar) || ': its review was due on ' || cast(review_on as varchar)
            || ' (decisions.reviews_due)'
        when is_ordered_since
            then 'ordered on ' || {{ minute_of('last_order_at') }} || ', after what it is about (' || {{ minute_of('occurred_at') }} || ')'
        when is_returned_since
            then 'goods or money went back on ' || {{ minute_of('last_refund_at') }} || ', after what it is about ('
            || {{ minute_of('occurred_at') }} || ')'
        when is_out_of_stock then 'the product ' || product_id || ' is out of stock'
        when is_waiting_for_service and has_open_complaint then 'a complaint of the person is open'
        when is_waiting_for_service then {{ counted('open_tickets_count', 'open ticket') }} || ' of the person'
        when is_in_stronger_scenario
            then coalesce(
                'steps back for the scenario ' || asking_scenario || ', which asks now',
                'steps back for the scenario ' || heard_scenario || ', whose last message went out on '
                || {{ minute_of('heard_at') }} || '; it may go from '
                || {{ minute_of(plus_hours('heard_at', var('scenario_hours'))) }}
            )
        when is_prediction_in_doubt then 'reads the score ' || doubted_models || ', which turned out wrong of late (scores.drift)'
        when is_cooling_down
            then 'the last message of the scenario ' || scenario || ' went out on ' || {{ minute_of('last_similar_at') }}
            || '; the next may go from ' || {{ minute_of(plus_minutes('last_similar_at', 'cooldown_minutes')) }}
            || ' ({{ var("cooldown_hours") }} hours'
            || coalesce(
                ', widened to ' || case
                    when cooldown_minutes % 60 = 0 then cast(cast(cooldown_minutes / 60 as bigint) as varchar)
                    else cast(cast(cooldown_minutes / 60.0 as decimal(18, 1)) as varchar)
                end || ': ' || tired_because, ''
            ) || ')'
        {%- for cap in caps() %}
        when is_over_cap and {{ cap.reached }}
            then {{ counted(cap.sent, 'message') }} || ' in {{ "24 hours" if cap.span == "day" else "7 days" }} '
            || '{{ "over all channels" if cap.scope == "all" else "by " ~ cap.scope }}; at most {{ cap.most }} may go'
        {%- endfor %}
        when is_outranked and place_with_person > 1
            then 'a message of ' || first_with_person || ' comes first for the same person'
        when is_outranked then 'a message of ' || first_at_address || ' comes first at the same address'
        when is_in_quiet_hours
            then 'it is ' || minute_now || ' in ' || time_zone || '; messages go from {{ "%02d:00" | format(var("quiet_until_hour") | int) }}'
        when is_before_send_time
            then 'it is ' || minute_now || ' in ' || time_zone || '; the person reads best at '
            || lpad(cast(best_hour as varchar), 2, '0') || ':00, and from '
            || {{ minute_of(plus_hours('occurred_at', send_time.wait_hours)) }} || ' on it goes at any hour'
        when is_awaiting_approval then campaign || ' would send ' || {{ counted('going_count', 'message') }} || ' where ' || cast(room_count as varchar)
            || ' may go unasked; a person has to agree (decisions.spikes)'
        when is_in_global_holdout
            then 'in the control group of everything: drew ' || {{ drawn_number('holdout_bucket') }} || ', below {{ var("holdout_global_pct") }} %'
        when is_in_holdout
            then 'in the control group of ' || campaign || ': drew ' || {{ drawn_number('campaign_bucket') }} || ', below '
            || cast(holdout_pct as varchar) || ' %'
        else 'nothing stands against it' || case when kind = 'message' then '; by ' || channel || ': ' || channel_because else '' end
            || coalesce('; ' || variant || ' of the experiment ' || experiment, '')
    end
{%- endmacro %}

{#- A number of a draw in percent, cut after the second place, so that it never seems to reach what it is below. -#}
{% macro drawn_number(bucket) -%} cast(cast(floor({{ bucket }} * 10000) / 100 as decimal(5, 2)) as varchar) || ' of 100' {%- endmacro %}
