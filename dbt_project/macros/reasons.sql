{#- What a group of reasons says of a person as a fact in plain words. group_of: an expression for the group (ml/recipes);
    the person's row of features.customer_features stands beside it as `features`. NULL where there is no group or no row. -#}
{% macro fact_of(group_of) -%}
    case {{ group_of }}
        when 'rhythm'
            then {{ counted('features.orders_count', 'order') }} || ' so far'
            || case
                when features.orders_count > 1
                    then coalesce(', ' || cast(features.orders_90d as varchar) || ' in the last 90 days', '')
                    || coalesce(', one every ' || {{ counted(whole_days('features.mean_gap_days'), 'day') }} || ' on average', '')
                    || ', the last '
                else ', '
            end
            || {{ counted('features.recency_days', 'day') }} || ' ago'
        when 'money'
            then {{ whole('features.revenue_amount') }} || ' {{ reporting_currency() }} spent so far'
            || coalesce(', ' || {{ whole('features.avg_order_amount') }} || ' an order', '')
        when 'tenure'
            then 'a customer for ' || {{ counted('features.tenure_days', 'day') }}
        when 'web'
            then coalesce(
                {{ counted('features.sessions_30d', 'visit') }} || ' in 30 days'
                || case
                    when features.carts_30d > 0 then ' with ' || {{ counted('features.carts_30d', 'product') }} || ' put into the cart'
                    when features.sessions_30d = 0 and features.days_since_session is not null
                        then ', the last ' || cast(features.days_since_session as varchar) || ' days ago'
                    else ''
                end,
                'visits are not known'
            )
        when 'email'
            then coalesce(
                {{ counted('features.emails_90d', 'e-mail') }} || ' in 90 days, '
                || cast(features.email_opens_90d as varchar) || ' opened, ' || cast(features.email_clicks_90d as varchar) || ' clicked',
                'e-mails are not known'
            )
        when 'service'
            then coalesce(
                {{ counted('features.tickets_180d', 'ticket') }} || ' in 180 days, '
                || {{ counted('features.complaints_180d', 'complaint') }} || ', ', ''
            ) || coalesce({{ whole('100 * features.refund_share') }} || ' % of what was paid given back', 'refunds are not known')
        when 'discount'
            then coalesce({{ whole('100 * features.discount_share') }} || ' % off the prices so far', 'discounts are not known')
        when 'assortment'
            then coalesce(
                'products of ' || {{ counted('features.category_count', 'category', 'categories') }}, 'the products are not known'
            )
    end
{%- endmacro %}

{#- A count with what is counted, in the singular for one. -#}
{% macro counted(count, one, many=none) -%}
    cast({{ count }} as varchar) || case when {{ count }} = 1 then ' {{ one }}' else ' {{ many or one ~ "s" }}' end
{%- endmacro %}

{#- Days as a whole number, at least one. -#}
{% macro whole_days(number) -%} cast(round(case when {{ number }} < 1 then 1 else {{ number }} end) as bigint) {%- endmacro %}

{% macro whole(number) -%} cast(cast(round({{ number }}) as bigint) as varchar) {%- endmacro %}
