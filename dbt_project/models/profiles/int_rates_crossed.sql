{{ config(materialized='view') }}
with

lines as (
    select
        {{ normalized_currency('currency') }} as currency,
        valid_from,
        rate
    from {{ ref('exchange_rates') }}
),

rates as (
    select
        currency,
        valid_from,
        rate,
        lead(valid_from, 1, cast('9999-12-31' as date)) over (partition by currency order by valid_from) as valid_until
    from lines
    where currency <> 'EUR'
    union all
    select
        'EUR' as currency,
        cast('0001-01-01' as date) as valid_from,
        1 as rate,
        cast('9999-12-31' as date) as valid_until
)

-- of each currency and the reporting one, the days on which both rates hold
select
    given.currency,
    greatest(given.valid_from, reporting.valid_from) as valid_from,
    least(given.valid_until, reporting.valid_until) as valid_until,
    given.rate / reporting.rate as exchange_rate
from rates as given
inner join rates as reporting
    on
        given.valid_from < reporting.valid_until
        and given.valid_until > reporting.valid_from
where reporting.currency = '{{ reporting_currency() }}' and given.currency <> '{{ reporting_currency() }}'
