{#- What may be recommended at all, for features (what is estimated) and scores (what is shown, on the latest stock) alike. -#}

{#- For how many days from the last order with it on a product counts as just bought: at most just_bought_days, half of the person's usual
    time between two days with an order for whoever orders more often, at least one day. Expressions of one person: the first and the last
    order, and the number of different days with one. -#}
{% macro just_bought_days(first, last, days_count) -%}
    greatest(1, least(
        {{ var('just_bought_days') }},
        coalesce(0.5 * {{ days_between(first, last) }} / nullif({{ days_count }} - 1, 0), {{ var('just_bought_days') }})
    ))
{%- endmacro %}

{#- A query of every product that was sold or is listed: product_id, name, category, stock_quantity, is_on_offer. On offer is what is listed
    and not known to be out of stock, and not among never_recommended; without a list of products, what was sold in the last
    sold_within_days. -#}
{% macro products_on_offer() -%}
with

listed as (
    select
        product_id,
        name,
        category,
        stock_quantity
    from {{ ref('stg_all__products') }}
),

sold as (
    select
        product_id,
        max(ordered_at) as last_sold_at
    from {{ ref('order_items') }}
    where is_paid and product_id is not null and ordered_at < {{ as_of() }}
    group by product_id
),

shops as (
    select count(*) as products_count
    from listed
)

select
    coalesce(listed.product_id, sold.product_id) as product_id,
    listed.name,
    listed.category,
    listed.stock_quantity,
    case
        when coalesce(listed.product_id, sold.product_id) in (
            {%- for id in var('never_recommended') %}'{{ id | string | replace("'", "''") }}', {% endfor -%} null
        ) then false
        when listed.product_id is not null then coalesce(listed.stock_quantity > 0, true)
        when shops.products_count > 0 then false
        else sold.last_sold_at >= {{ plus_days(as_of(), -var('sold_within_days')) }}
    end as is_on_offer
from listed
full outer join sold on listed.product_id = sold.product_id
cross join shops
{%- endmacro %}
