with

orders as (
    select * from {{ ref('stg_all__orders') }}
),

identifiers as (
    select * from {{ ref('identifiers') }}
),

rates as (
    select * from {{ ref('int_rates_crossed') }}
),

refunds as (
    select
        order_id,
        cast(sum(amount) as decimal(18, 4)) as refunded_amount,
        max(refunded_at) as refunded_at,
        {{ fingerprint_of(ref('stg_all__refunds'), ['refund_id', 'amount', 'refunded_at']) }} as fingerprint
    from {{ ref('stg_all__refunds') }}
    group by order_id
),

refund_lines as (
    select
        order_id,
        count(*) as lines_count,
        {{ fingerprint_of(ref('stg_all__refund_lines'), ['order_line_id', 'product_id', 'quantity']) }} as fingerprint
    from {{ ref('stg_all__refund_lines') }}
    group by order_id
),

-- an order belongs to its account, and a guest's to the record of that guest; its rate is that of its day
owned as (
    select
        orders.*,
        coalesce(account.profile_id, guest.profile_id) as profile_id,
        orders.status in ('paid', 'shipped', 'delivered') and orders.total_amount > 0 as is_paid,
        coalesce(refunds.refunded_amount, 0) as refunded_amount,
        refunds.refunded_at,
        coalesce(refund_lines.lines_count, 0) as refund_lines_count,
        coalesce(refunds.fingerprint, 0) + coalesce(refund_lines.fingerprint, 0) as refunds_fingerprint,
        case
            when orders.currency = '{{ reporting_currency() }}' then 1
            else rates.exchange_rate
        end as exchange_rate
    from orders
    left join identifiers as account
        on
            orders.customer_type = account.identifier_type
            and orders.customer_id = account.identifier_value
    left join identifiers as guest
        on
            guest.identifier_type = 'guest'
            and {{ guest_id('orders') }} = guest.identifier_value
    left join refunds on orders.order_id = refunds.order_id
    left join refund_lines on orders.order_id = refund_lines.order_id
    left join rates
        on
            orders.currency = rates.currency
            and orders.ordered_at >= rates.valid_from
            and orders.ordered_at < rates.valid_until
)

select
    order_id,
    profile_id,
    ordered_at,
    ingested_at,
    status,
    is_paid,
    is_paid and refunded_amount >= total_amount as is_refunded,
    '{{ reporting_currency() }}' as currency,
    {{ at_rate('total_amount', 'exchange_rate') }} as total_amount,
    {{ at_rate('tax_amount', 'exchange_rate') }} as tax_amount,
    {{ at_rate('shipping_amount', 'exchange_rate') }} as shipping_amount,
    {{ at_rate('discount_amount', 'exchange_rate') }} as discount_amount,
    {{ at_rate('refunded_amount', 'exchange_rate') }} as refunded_amount,
    refunded_at,
    refund_lines_count,
    refunds_fingerprint,
    cast(case
        when not is_paid then 0
        else {{ at_rate('total_amount', 'exchange_rate') }} - {{ at_rate('refunded_amount', 'exchange_rate') }}
    end as decimal(18, 4)) as net_amount,
    currency as order_currency,
    total_amount as order_total_amount,
    exchange_rate,
    coupon_code,
    country_code,
    brand
from owned
