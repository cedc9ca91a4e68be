with

results as (
    select * from {{ ref('message_results') }}
)

-- by the day of sending, so that a part is never set against another day's whole
select
    campaign,
    variant,
    channel,
    segment,
    cast(sent_at as date) as sent_date,
    count(*) as sent_count,
    count(delivered_at) as delivered_count,
    count(opened_at) as opened_count,
    count(case when opened_at is null then machine_opened_at end) as machine_opened_count,
    count(clicked_at) as clicked_count,
    count(case when clicked_at is null then machine_clicked_at end) as machine_clicked_count,
    count(bounced_at) as bounced_count,
    count(unsubscribed_at) as unsubscribed_count,
    count(complained_at) as complained_count,
    {%- for model in ['last_click', 'last_touch'] %}
    count(case when {{ model }}_orders_count > 0 then 1 end) as {{ model }}_converted_count,
    cast(sum({{ model }}_orders_count) as bigint) as {{ model }}_orders_count,
    cast(sum({{ model }}_revenue_amount) as decimal(18, 4)) as {{ model }}_revenue_amount,
    {%- endfor %}
    cast(sum(cost_amount) as decimal(18, 4)) as cost_amount
from results
group by campaign, variant, channel, segment, cast(sent_at as date)
