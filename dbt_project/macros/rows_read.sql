{#- Every row that identity reads, as a hash of all of it that matters here, and the one or two records (or the device) that it
    says something about. Two states of the world are told apart by these alone. -#}
{% macro rows_read() -%}
    {%- set visits = "user_id is null and user_pseudo_id in (select user_pseudo_id from " ~ ref('stg_all__events') ~ " where user_id is not null)" -%}
    {%- set event = ['event_id', 'user_pseudo_id', 'session_key', 'user_type', 'user_id', 'event_at'] -%}
    {%- set rows = [
        ('stg_all__persons', 'person_type', 'person_id', "cast(null as varchar)", "cast(null as varchar)", [
            'system', 'person_type', 'person_id', 'brand', 'email', 'phone', 'first_name', 'last_name', 'birth_date', 'street',
            'postal_code', 'city', 'country_code', 'company_name', 'created_at', 'updated_at'], 'true'),
        ('stg_all__orders', 'customer_type', 'customer_id', "cast(null as varchar)", "cast(null as varchar)", [
            'system', 'order_id', 'customer_type', 'customer_id', 'email', 'ordered_at'], 'customer_id is not null'),
        ('stg_all__orders', "'guest'", guest_id('given'), "cast(null as varchar)", "cast(null as varchar)", [
            'system', 'order_id', 'brand', 'email', 'phone', 'first_name', 'last_name', 'street', 'postal_code', 'city',
            'country_code', 'ordered_at'], 'customer_id is null and (email is not null or phone is not null)'),
        ('stg_all__aliases', 'left_type', 'left_id', 'right_type', 'right_id', [
            'system', 'left_type', 'left_id', 'right_type', 'right_id', 'stated_by', 'stated_at'], 'true'),
        ('stg_all__events', "'ga_pseudo_id'", 'user_pseudo_id', 'user_type', 'user_id', event, 'user_id is not null'),
        ('stg_all__events', "'ga_pseudo_id'", 'user_pseudo_id', 'user_type', 'user_id', event, visits),
    ] -%}
    {%- for model, one_type, one_id, other_type, other_id, columns, condition in rows %}
    {{ 'union all' if not loop.first }}
    select
        {{ hash_of(["'" ~ loop.index ~ "'"] + columns) }} as row_hash,
        {{ one_type }} as one_type,
        {{ one_id }} as one_id,
        {{ other_type }} as other_type,
        {{ other_id }} as other_id
    from {{ ref(model) }} as given
    where {{ condition }}
    {%- endfor %}
{%- endmacro %}
