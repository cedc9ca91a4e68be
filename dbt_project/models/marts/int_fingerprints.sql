{%- set per_person = [
    ('ticket', ref('profile_tickets')),
    ('review', ref('profile_reviews')),
    ('survey', ref('profile_surveys')),
] -%}

-- keys are numbers, which cost less than texts: where two are one, both are touched
select
    'orders' as kind,
    {{ hash_of([owner_of('profile_id', 'ordered_at')]) }} as fingerprint_key,
    {{ fingerprint_of(ref('profile_orders')) }} as fingerprint
from {{ ref('profile_orders') }}
group by {{ hash_of([owner_of('profile_id', 'ordered_at')]) }}

{% for kind, relation in per_person -%}
union all

select
    '{{ kind }}' as kind,
    {{ hash_of(['profile_id']) }} as fingerprint_key,
    {{ fingerprint_of(relation) }} as fingerprint
from {{ relation }}
where profile_id is not null
group by {{ hash_of(['profile_id']) }}

{% endfor -%}
union all

select
    'line_day' as kind,
    {{ hash_of(['line_date']) }} as fingerprint_key,
    fingerprint
from (
    select
        cast(ingested_at as date) as line_date,
        {{ fingerprint_of(ref('stg_all__order_lines')) }} as fingerprint
    from {{ ref('stg_all__order_lines') }}
    group by cast(ingested_at as date)
) as days

union all

-- what a product is called and how dear it is among its like; its stock changes daily, and no mart of persons says it
select
    'product' as kind,
    {{ hash_of(['product_id']) }} as fingerprint_key,
    {{ fingerprint_of(ref('int_products_placed')) }} as fingerprint
from {{ ref('int_products_placed') }}
group by {{ hash_of(['product_id']) }}
