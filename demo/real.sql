-- How the public data sets become a shop's and a CRM's tables. demo/real.py runs it in DuckDB, the files named
-- by the variables lines_file and people_file, and carries the tables of the schemas shop and crm into the databases. One file.
create schema shop;
create schema crm;
create temp macro money(amount) as cast(amount as decimal(18, 4));
create temp macro unknown() as cast(null as varchar);

-- what is not listed ("Unspecified", "European Community") is no country
create temp table countries as
select name as country, code as country_code
from (
    values ('Australia', 'AU'), ('Austria', 'AT'), ('Bahrain', 'BH'), ('Belgium', 'BE'), ('Brazil', 'BR'),
    ('Canada', 'CA'), ('Channel Islands', 'JE'), ('Cyprus', 'CY'), ('Czech Republic', 'CZ'), ('Denmark', 'DK'),
    ('EIRE', 'IE'), ('Finland', 'FI'), ('France', 'FR'), ('Germany', 'DE'), ('Greece', 'GR'), ('Hong Kong', 'HK'),
    ('Iceland', 'IS'), ('Israel', 'IL'), ('Italy', 'IT'), ('Japan', 'JP'), ('Lebanon', 'LB'), ('Lithuania', 'LT'),
    ('Malta', 'MT'), ('Netherlands', 'NL'), ('Norway', 'NO'), ('Poland', 'PL'), ('Portugal', 'PT'), ('RSA', 'ZA'),
    ('Saudi Arabia', 'SA'), ('Singapore', 'SG'), ('Spain', 'ES'), ('Sweden', 'SE'), ('Switzerland', 'CH'),
    ('USA', 'US'), ('United Arab Emirates', 'AE'), ('United Kingdom', 'GB')
) as known (name, code);

create temp table lines as
select
    source.file_row_number + 1 as line,
    source.InvoiceNo as order_id,
    source.StockCode as product_id,
    nullif(trim(source.Description), '') as description,
    cast(source.Quantity as bigint) as quantity,
    money(source.UnitPrice) as price,
    source.InvoiceDate as invoiced_at,
    cast(source.CustomerID as varchar) as customer_id,
    countries.country_code
from read_parquet(getvariable('lines_file'), file_row_number = true) as source
left join countries on source.Country = countries.country;

create table shop.orders as
select
    order_id,
    max(customer_id) as customer_id,  -- an invoice has one customer and one country
    unknown() as email, unknown() as phone,
    case when order_id like 'C%' then 'cancelled' else 'paid' end as status,
    'GBP' as currency,
    money(0) as discount_amount, money(0) as shipping_amount, money(0) as tax_amount,
    money(sum(quantity * price)) as total_amount,
    unknown() as coupon_code,
    max(country_code) as country_code,
    min(invoiced_at) as ordered_at, min(invoiced_at) as updated_at
from lines
group by order_id
order by order_id;

create table shop.order_lines as
select
    cast(lines.line as varchar) as order_line_id,
    lines.order_id, lines.product_id, lines.quantity,
    lines.price as unit_price_amount,
    money(0) as discount_amount,
    orders.ordered_at as updated_at
from lines
join shop.orders as orders using (order_id)
order by lines.line;

create table shop.customers as
select
    customer_id,
    unknown() as email, unknown() as phone, unknown() as first_name, unknown() as last_name,
    arg_max(country_code, (ordered_at, order_id)) as country_code,
    min(ordered_at) as created_at, min(ordered_at) as updated_at
from shop.orders
where customer_id is not null
group by customer_id
order by customer_id;

create table shop.products as
with
uses as (
    select product_id, description, count(*) as uses
    from lines
    where description is not null
    group by product_id, description
),
names as (
    select product_id, arg_max(description, (uses, description)) as name
    from uses
    group by product_id
)
select
    lines.product_id,
    coalesce(max(names.name), lines.product_id) as name,
    unknown() as category, unknown() as brand,
    arg_max(lines.price, (lines.invoiced_at, lines.line)) filter (where lines.price > 0) as price_amount,
    'GBP' as currency,
    cast(null as bigint) as stock_quantity,
    min(lines.invoiced_at) as created_at, max(lines.invoiced_at) as updated_at
from lines
left join names using (product_id)
group by lines.product_id
order by lines.product_id;

create table shop.refunds (
    refund_id varchar, order_id varchar, amount decimal(18, 4), reason varchar,
    refunded_at timestamp, updated_at timestamp
);

create table shop.refund_lines (
    refund_line_id varchar, refund_id varchar, order_id varchar, order_line_id varchar, quantity bigint, amount decimal(18, 4),
    updated_at timestamp
);

create table shop.shipments (
    shipment_id varchar, order_id varchar, status varchar,
    shipped_at timestamp, delivered_at timestamp, updated_at timestamp
);

-- The made-up link: person k is customer k.
create temp table people as
with
customers as (
    select customer_id, row_number() over (order by created_at, cast(customer_id as bigint)) as place
    from shop.customers
),
records as (
    select
        *,
        dense_rank() over (order by cluster) as place,
        row_number() over (partition by cluster order by unique_id) = 1 as is_linked
    from read_csv(getvariable('people_file'), types = { 'dob': 'varchar' })
)
select records.*, customers.customer_id
from records
left join customers using (place);

create table crm.contacts as
select
    cast(unique_id as varchar) as contact_id,
    case when is_linked then customer_id end as shop_customer_id,
    email, unknown() as phone,
    first_name, surname as last_name, city,
    try_cast(dob as date) as birth_date,  -- as it is, years to come included
    unknown() as country_code, unknown() as company_name, unknown() as time_zone, unknown() as preferred_channel,
    timestamp '2010-11-01 09:00:00' as created_at,  -- a month before the shop's first invoice
    timestamp '2010-11-01 09:00:00' as updated_at
from people order by unique_id;

create table crm.consents as
select
    'made-up-' || contact_id as consent_id,
    contact_id,
    'email' as channel, 'marketing' as purpose, 'granted' as status,
    created_at as recorded_at, updated_at
from crm.contacts
where shop_customer_id is not null
order by cast(contact_id as bigint);

create temp view truth as
select unique_id as contact_id, cluster, customer_id as shop_customer_id, is_linked from people order by unique_id;
