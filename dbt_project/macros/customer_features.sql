{#- What was known of every customer at each of several instants: one row per person with a paid order and per row of
    `origins`, a relation of (as_of, horizon_days). Every input is taken only where it had happened before as_of and had
    been landed before it, so rows that come later change nothing; training and scoring call the same macro. Who a person
    is and what category a product has are taken as known now; whether an order was paid, as it stands now.
    Money and pieces are summed as decimals and gaps as whole numbers, so that the order of the rows changes not a bit.
    All origins are computed at once, by plain joins.

    wanted: a relation of (as_of, profile_id), where not everybody is wanted at every origin: inputs are narrowed to
        these people before they meet the origins.
    landed: `<=` where what the run of that very instant landed counts too: for the features of now.

    The parts are customer_orders, customer_items, customer_returns, customer_visits, customer_emails and customer_tickets. -#}
{% macro customer_features(origins, wanted=none, landed='<') -%}
{%- set seen = {'origins': origins, 'wanted': wanted, 'landed': landed} -%}
with

ordered as {{ one_by_one() }} (
    {{ customer_orders(seen) }}
),

returned as {{ one_by_one() }} (
    {{ customer_returns(seen) }}
),

assorted as {{ one_by_one() }} (
    {{ customer_items(seen) }}
),

visited as {{ one_by_one() }} (
    {{ customer_visits(seen) }}
),

written as {{ one_by_one() }} (
    {{ customer_emails(seen) }}
),

served as {{ one_by_one() }} (
    {{ customer_tickets(seen) }}
),

watched as {{ one_by_one() }} (
    {{ sources_watched(seen) }}
),

measured as (
    select
        ordered.*,
        -- summed as decimals, which gives the same to the last bit in whatever order the rows come
        cast(ordered.paid_amount as double) as gross_amount,
        cast(coalesce(returned.refunded_amount, 0) as double) as refunded_amount,
        cast(ordered.paid_90d_amount - coalesce(returned.refunded_90d_amount, 0) as double) as revenue_90d_amount,
        cast(ordered.paid_365d_amount - coalesce(returned.refunded_365d_amount, 0) as double) as revenue_365d_amount,
        cast(assorted.units_count as double) as units_count,
        cast(coalesce(returned.returned_units, 0) as double) as returned_units,
        nullif(assorted.product_count, 0) as product_count,
        nullif(assorted.category_count, 0) as category_count,
        {{ days_between('ordered.last_order_at', 'ordered.as_of') }} as recency_days,
        {{ days_between('ordered.first_order_at', 'ordered.as_of') }} as tenure_days,
        {{ days_between('ordered.first_order_at', 'ordered.last_order_at') }}
        / nullif(cast(ordered.orders_count - 1 as double), 0) as mean_gap_days,
        {%- for column, source in counted_when_watched() %}
        case when watched.has_{{ source }} then coalesce({{ source }}.{{ column }}, 0) end as {{ column }},
        {%- endfor %}
        case when watched.has_visited then visited.last_event_at end as last_event_at,
        case when watched.has_visited then visited.last_cart_at end as last_cart_at,
        case when watched.has_written then written.last_click_at end as last_click_at,
        case when watched.has_served then served.last_ticket_at end as last_ticket_at
    from ordered
    left join returned on ordered.as_of = returned.as_of and ordered.profile_id = returned.profile_id
    left join assorted on ordered.as_of = assorted.as_of and ordered.profile_id = assorted.profile_id
    left join visited on ordered.as_of = visited.as_of and ordered.profile_id = visited.profile_id
    left join written on ordered.as_of = written.as_of and ordered.profile_id = written.profile_id
    left join served on ordered.as_of = served.as_of and ordered.profile_id = served.profile_id
    left join watched on ordered.as_of = watched.as_of
)

select
    measured.as_of,
    origins.horizon_days,
    measured.profile_id,
    measured.recency_days,
    measured.tenure_days,
    measured.orders_count,
    measured.order_days_count,
    measured.orders_30d,
    measured.orders_90d,
    measured.orders_180d,
    measured.orders_365d,
    measured.gross_amount - measured.refunded_amount as revenue_amount,
    measured.revenue_90d_amount,
    measured.revenue_365d_amount,
    measured.gross_amount / measured.orders_count as avg_order_amount,
    cast(measured.last_order_amount as double) as last_order_amount,
    measured.mean_gap_days,
    measured.last_gap_days,
    {{ sd_of_gaps('measured.order_days_count - 1', 'measured.gaps_days', 'measured.squared_gaps') }} as gap_sd_days,
    measured.recency_days / nullif(measured.mean_gap_days, 0) as gap_ratio,
    cast(measured.discount_amount as double)
    / nullif(measured.gross_amount + cast(measured.discount_amount as double), 0) as discount_share,
    measured.discount_orders_count / cast(measured.orders_count as double) as discount_orders_share,
    measured.refunded_amount / nullif(measured.gross_amount, 0) as refund_share,
    measured.returned_units / nullif(measured.units_count, 0) as returned_share,
    nullif(measured.units_count, 0) / measured.orders_count as units_per_order,
    measured.product_count,
    measured.category_count,
    {%- for column, source in counted_when_watched() %}
    cast(measured.{{ column }} as bigint) as {{ column }},
    {%- endfor %}
    {{ days_between('measured.last_event_at', 'measured.as_of') }} as days_since_session,
    {{ days_between('measured.last_cart_at', 'measured.as_of') }} as days_since_cart,
    {{ days_between('measured.last_click_at', 'measured.as_of') }} as days_since_email_click,
    {{ days_between('measured.last_ticket_at', 'measured.as_of') }} as days_since_ticket
from measured
inner join {{ origins }} as origins on measured.as_of = origins.as_of
{%- endmacro %}

{#- What the macro says of a person, in the order of its columns after as_of, horizon_days and profile_id; each is
    described once, in models/features/features.md. -#}
{% macro feature_columns() -%}
    {{ return([
        'recency_days', 'tenure_days', 'orders_count', 'order_days_count', 'orders_30d', 'orders_90d', 'orders_180d', 'orders_365d',
        'revenue_amount', 'revenue_90d_amount', 'revenue_365d_amount', 'avg_order_amount', 'last_order_amount',
        'mean_gap_days', 'last_gap_days', 'gap_sd_days', 'gap_ratio',
        'discount_share', 'discount_orders_share', 'refund_share', 'returned_share',
        'units_per_order', 'product_count', 'category_count',
        'sessions_7d', 'sessions_30d', 'views_30d', 'carts_7d', 'carts_30d',
        'emails_90d', 'email_opens_90d', 'email_clicks_90d', 'tickets_180d', 'complaints_180d',
        'days_since_session', 'days_since_cart', 'days_since_email_click', 'days_since_ticket'
    ]) }}
{%- endmacro %}

{#- The same for a select list, of a relation. -#}
{% macro features_of(relation) -%}
    {%- for column in feature_columns() -%}
    {{ relation }}.{{ column }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Columns that are zero where nothing was seen, and NULL where nobody looked; with the part that counts them. -#}
{% macro counted_when_watched() -%}
    {{ return([
        ('sessions_7d', 'visited'), ('sessions_30d', 'visited'), ('views_30d', 'visited'), ('carts_7d', 'visited'),
        ('carts_30d', 'visited'), ('emails_90d', 'written'), ('email_opens_90d', 'written'), ('email_clicks_90d', 'written'),
        ('tickets_180d', 'served'), ('complaints_180d', 'served')
    ]) }}
{%- endmacro %}
