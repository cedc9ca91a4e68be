{#- Every KPI, defined once: its definition (marts.metric_definitions), its values (marts.metrics), its alerts and its place in the report
    follow from an entry here.

    metric, label, description    what it is called, and what it says
    unit                          count, money (in the reporting currency), share (0 to 1), days or score
    better                        up or down: what is good news
    from, date, where             the model whose rows are counted, the column that says when, and which rows (all, if not said)
    numerator, denominator        aggregates over these rows; without a denominator the value is the numerator
    counted                       sum      the days of a period add up (this is what holds if nothing is said)
                                  running  all days up to the end of the period add up
                                  each     the period is counted for itself; {period} stands for day, week or month
    settles                       days after the end of a period until what belongs to it is known; 0 if nothing is said -#}
{% macro kpis() -%}
{%- set visits = {'from': 'funnels', 'date': 'session_date', 'unit': 'share', 'better': 'up', 'settles': 1} -%}
{%- set paid = {'from': 'orders', 'date': 'ordered_at', 'where': 'is_paid', 'better': 'up'} -%}
{%- set sent = {'from': 'messages_sent', 'date': 'sent_at', 'unit': 'share', 'better': 'up', 'denominator': 'count(*)', 'settles': 3} -%}
{{ return([
    dict(paid, metric='revenue', label='Revenue', unit='money', numerator='sum(net_amount)',
        description='Paid orders net of refunds, by the day of the order.'),
    dict(paid, metric='orders', label='Orders', unit='count', numerator='count(*)', description='Paid orders.'),
    dict(paid, metric='average_order', label='Average order', unit='money', numerator='sum(net_amount)', denominator='count(*)',
        description='Revenue of an order (AOV).'),
    dict(paid, metric='new_customers', label='New customers', unit='count', numerator='count(case when is_first then 1 end)',
        description='People who paid for their first order.'),
    dict(paid, metric='active_customers', label='Active customers', unit='count', counted='each',
        numerator="count(case when order_number = 1 or date_trunc('{period}', previous_ordered_at)"
            ~ " < date_trunc('{period}', ordered_at) then 1 end)",
        description='People who paid for an order in the period, each once.'),
    dict(paid, metric='lifetime_value', label='Value of a customer so far', unit='money', counted='running',
        numerator='sum(case when order_number is not null then net_amount end)', denominator='count(case when is_first then 1 end)',
        description='Revenue of all known customers to the end of the period, for each of them (LTV so far).'),
    dict(paid, metric='repeat_rate', label='Repeat buyers', unit='share', counted='running',
        numerator='count(case when order_number = 2 then 1 end)', denominator='count(case when is_first then 1 end)',
        description='Of all customers to the end of the period, who paid for a second order by then.'),
    dict(paid, metric='return_rate', label='Orders with a refund', unit='share', better='down', settles=30,
        numerator='count(case when refunded_amount > 0 then 1 end)', denominator='count(*)',
        description='Of the paid orders of the period, those of which something was refunded until now.'),
    {'metric': 'churn', 'label': 'Churn', 'unit': 'share', 'better': 'down', 'from': 'int_customers_counted', 'date': 'counted_date',
        'counted': 'each', 'numerator': 'sum(lapsed_count)', 'denominator': earliest_value('active_count', 'counted_date'),
        'description': 'Of the customers who had not lapsed when the period began, how many did in it.'},
    dict(visits, metric='sessions', label='Visits', unit='count', numerator='sum(sessions_count)', description='Visits of the website.'),
    dict(visits, metric='conversion', label='Conversion', numerator='sum(purchase_sessions)', denominator='sum(sessions_count)',
        description='Of all visits, those that went through every step to a purchase.'),
    dict(visits, metric='view_share', label='Visits with a product view', numerator='sum(view_sessions)', denominator='sum(sessions_count)',
        description='Of all visits, those in which a product was looked at.'),
    dict(visits, metric='view_to_cart', label='View to cart', numerator='sum(cart_sessions)', denominator='sum(view_sessions)',
        description='Of the visits with a product view, those that put one into the cart afterwards.'),
    dict(visits, metric='cart_to_checkout', label='Cart to checkout', numerator='sum(checkout_sessions)', denominator='sum(cart_sessions)',
        description='Of these, those that began a checkout afterwards.'),
    dict(visits, metric='checkout_to_purchase', label='Checkout to purchase', numerator='sum(purchase_sessions)',
        denominator='sum(checkout_sessions)', description='Of these, those that bought afterwards.'),
    {'metric': 'nps', 'label': 'Net promoter score', 'unit': 'score', 'better': 'up', 'from': 'profile_surveys', 'date': 'answered_at',
        'where': "kind = 'nps' and score is not null", 'denominator': 'count(*)',
        'numerator': 'sum(case when score >= 9 then 100 when score <= 6 then -100 else 0 end)',
        'description': 'Promoters (9 and 10) less detractors (0 to 6) in 100 answers.'},
    dict(sent, metric='messages_sent', label='Messages sent', unit='count', numerator='count(*)', denominator=none, settles=0,
        description='Messages that a provider took, by the day on which they went out.'),
    dict(sent, metric='open_rate', label='Messages opened', numerator='count(opened_at)', where="channel = 'email'",
        description='Of the e-mails sent in the period, those that a person opened until now; machines do not count.'),
    dict(sent, metric='click_rate', label='Messages clicked', numerator='count(clicked_at)',
        description='Of the messages sent in the period, those in which a person followed a link until now.'),
    dict(sent, metric='unsubscribe_rate', label='Unsubscribed', better='down', numerator='count(coalesce(unsubscribed_at, complained_at))',
        description='Of the messages sent in the period, those after which the reader wanted no more, or complained.'),
    dict(sent, metric='complaint_rate', label='Complaints', better='down', numerator='count(complained_at)',
        description='Of the messages sent in the period, those of which the reader complained as spam.'),
    dict(sent, metric='bounce_rate', label='Messages that came back', better='down', numerator='count(bounced_at)',
        description='Of the messages sent in the period, those that came back.'),
    dict(sent, metric='machine_open_share', label='Opened by machines alone', better='down', where="channel = 'email'",
        numerator='count(case when opened_at is null then machine_opened_at end)',
        denominator='count(coalesce(opened_at, machine_opened_at))',
        description='Of the e-mails that anything opened, those that only machines did: what an open rate would overstate.'),
    {'metric': 'reach_email', 'label': 'Reach by e-mail', 'unit': 'share', 'better': 'up', 'from': 'reach', 'date': 'as_of',
        'where': "channel = 'email'", 'numerator': 'sum(reachable_count)', 'denominator': 'sum(people_count)',
        'description': 'Of all people, those with an address and consent and no objection. Known for the latest day alone.'},
    {'metric': 'reach_sms', 'label': 'Reach by SMS', 'unit': 'share', 'better': 'up', 'from': 'reach', 'date': 'as_of',
        'where': "channel = 'sms'", 'numerator': 'sum(reachable_count)', 'denominator': 'sum(people_count)',
        'description': 'Of all people, those with a number and consent and no objection. Known for the latest day alone.'},
]) }}
{%- endmacro %}
