-- Longer than most models: the five types of interest rest on the same evidence, which is read once.
{{
    config(
        materialized='by_days',
        pre_hook="{{ forget('profile_id', persons_touched()) }}"
    )
}}
{%- set weights = var('interest_weights') %}
{%- set of_persons_touched = on_a_day('profile_id in (' ~ persons_touched() ~ ')') %}

with

sessions as (
    select
        session_key,
        profile_id,
        ended_at
    from {{ ref('sessions') }}
    where profile_id is not null and {{ of_persons_touched }}
),

orders as (
    select
        profile_id,
        ordered_at,
        case when coupon_code is not null or discount_amount > 0 then 'discounted' else 'full price' end as discount
    from {{ anew('orders') }}
    where is_paid and profile_id is not null and {{ of_persons_touched }}
),

-- bought, put into the cart or looked at; the catalogue's words hold, where it has the product
things as (
    select
        profile_id,
        product_id,
        category,
        brand,
        ordered_at as evidence_at,
        {{ weights.bought }} as weight,
        1 as evidence_count
    from {{ anew('order_items') }}
    where is_paid and profile_id is not null and {{ of_persons_touched }}

    union all

    select
        sessions.profile_id,
        seen.product_id,
        seen.item_category as category,
        seen.item_brand as brand,
        seen.last_seen_at as evidence_at,
        {{ weights.carted }} * seen.carts_count + {{ weights.viewed }} * seen.views_count as weight,
        seen.carts_count + seen.views_count as evidence_count
    from {{ ref('int_products_seen') }} as seen
    inner join sessions on seen.session_key = sessions.session_key
),

topics as (
    select
        sessions.profile_id,
        seen.topic,
        seen.last_seen_at as evidence_at,
        {{ weights.read }} * seen.pages_count as weight,
        seen.pages_count as evidence_count
    from {{ ref('int_topics_seen') }} as seen
    inner join sessions on seen.session_key = sessions.session_key

    union all

    select
        sessions.profile_id,
        searches.search_term as topic,
        searches.searched_at as evidence_at,
        {{ weights.searched }} as weight,
        1 as evidence_count
    from {{ ref('searches') }} as searches
    inner join sessions on searches.session_key = sessions.session_key
),

-- all of a person's evidence is weighed on the day of the last that is known of them, whatever the day of the run;
-- groups by a number of theirs take half the memory of groups by their id
anchors as (
    select
        profile_id,
        cast(row_number() over (order by profile_id) as integer) as person_number,
        cast(max(seen_at) as date) as anchor_date
    from (
        select
            profile_id,
            ordered_at as seen_at
        from orders
        union all
        select
            profile_id,
            ended_at as seen_at
        from sessions
    ) as seen
    group by profile_id
),

weighed_things as (
    select
        anchors.person_number,
        coalesce(products.category, things.category) as category,
        coalesce(products.brand, things.brand) as brand,
        products.price_level,
        things.evidence_at,
        things.evidence_count,
        {{ decayed('things.weight', 'things.evidence_at', 'anchors.anchor_date') }} as weight
    from things
    inner join anchors on things.profile_id = anchors.profile_id
    left join {{ ref('int_products_placed') }} as products on things.product_id = products.product_id
),

weighed as (
    select
        person_number,
        case
            when grouping(category) = 0 then 'category'
            when grouping(brand) = 0 then 'brand'
            else 'price_level'
        end as interest_type,
        coalesce(category, brand, price_level) as interest,
        sum(weight) as weight,
        sum(evidence_count) as evidence_count,
        max(evidence_at) as last_evidence_at
    from weighed_things
    group by grouping sets ((person_number, category), (person_number, brand), (person_number, price_level))

    union all

    select
        anchors.person_number,
        'topic' as interest_type,
        topics.topic as interest,
        sum({{ decayed('topics.weight', 'topics.evidence_at', 'anchors.anchor_date') }}) as weight,
        sum(topics.evidence_count) as evidence_count,
        max(topics.evidence_at) as last_evidence_at
    from topics
    inner join anchors on topics.profile_id = anchors.profile_id
    group by anchors.person_number, topics.topic

    union all

    select
        anchors.person_number,
        'discount' as interest_type,
        orders.discount as interest,
        sum({{ decayed('1', 'orders.ordered_at', 'anchors.anchor_date') }}) as weight,
        count(*) as evidence_count,
        max(orders.ordered_at) as last_evidence_at
    from orders
    inner join anchors on orders.profile_id = anchors.profile_id
    group by anchors.person_number, orders.discount
)

select
    anchors.profile_id,
    weighed.interest_type,
    weighed.interest,
    cast(weighed.weight as decimal(18, 9)) as anchor_weight,
    anchors.anchor_date,
    cast(weighed.evidence_count as bigint) as evidence_count,
    weighed.last_evidence_at
from weighed
inner join anchors on weighed.person_number = anchors.person_number
where weighed.interest is not null
