{%- set per_person = [
    ('visits', ref('sessions')),
    ('ticket', ref('profile_tickets')),
    ('review', ref('profile_reviews')),
    ('survey', ref('profile_surveys')),
] -%}

select
    'orders' as kind,
    {{ owner_of('profile_id', 'ordered_at') }} as fingerprint_key,
    {{ fingerprint_of(ref('profile_orders')) }} as fingerprint
from {{ ref('profile_orders') }}
group by {{ owner_of('profile_id', 'ordered_at') }}

{% for kind, relation in per_person -%}
union all

select
    '{{ kind }}' as kind,
    profile_id as fingerprint_key,
    {{ fingerprint_of(relation) }} as fingerprint
from {{ relation }}
where profile_id is not null
group by profile_id

{% endfor -%}
union all

select
    'line_day' as kind,
    cast(cast(ingested_at as date) as varchar) as fingerprint_key,
    {{ fingerprint_of(ref('stg_all__order_lines')) }} as fingerprint
from {{ ref('stg_all__order_lines') }}
group by cast(ingested_at as date)

union all

-- what a bought thing is called; its stock and price change daily, and no mart of persons says them
select
    'product' as kind,
    product_id as fingerprint_key,
    {{ fingerprint_of(ref('stg_all__products'), ['system', 'product_id', 'name', 'category', 'brand']) }} as fingerprint
from {{ ref('stg_all__products') }}
group by product_id
