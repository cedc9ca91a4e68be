{#- One parameter out of the nested event_params of the GA4 export, as varchar, bigint or double, whichever of its typed
    values is set: the same key is a text in some events and a number in others. Where a number is wanted, a text that
    is none gives NULL, never an error. A list function, not a sub-query over unnest(): that is dozens of times slower. -#}
{% macro ga4_param(name, type='varchar') -%}
    {%- set value = ga4_param_value(name) -%}
    {%- set decimal = 'coalesce(' ~ value ~ '.double_value, ' ~ value ~ '.float_value)' -%}
    {%- if type == 'varchar' -%}
        coalesce(
            {{ value }}.string_value,
            cast({{ value }}.int_value as varchar),
            {{ text_of_number(decimal) }}
        )
    {%- elif type == 'bigint' -%}
        coalesce(
            {{ value }}.int_value,
            {{ number_or_null(decimal, 'bigint') }},
            {{ number_or_null(value ~ '.string_value', 'bigint') }}
        )
    {%- else -%}
        coalesce(
            {{ decimal }},
            cast({{ value }}.int_value as double),
            {{ number_or_null(value ~ '.string_value', 'double') }}
        )
    {%- endif -%}
{%- endmacro %}

{#- An identifier as GA4 or a tag of the shop wrote it; NULL where it only says that there is none. -#}
{% macro ga4_id(expression) -%}
    case lower(trim({{ expression }}))
        {%- for nothing in ['', '(not set)', '(none)', 'null', 'undefined'] %}
        when '{{ nothing }}' then null
        {%- endfor %}
        else trim({{ expression }})
    end
{%- endmacro %}

{#- The keys of an event's parameters, as the column param_keys: looked through once, for all that is asked for by ga4_param_value. -#}
{% macro ga4_param_keys() -%} {{ return(adapter.dispatch('ga4_param_keys')()) }} {%- endmacro %}
{% macro default__ga4_param_keys() -%} transform(event_params, param -> param.key) {%- endmacro %}
{% macro duckdb__ga4_param_keys() -%} list_transform(event_params, lambda param: param.key) {%- endmacro %}

{% macro ga4_param_value(name) -%} {{ return(adapter.dispatch('ga4_param_value')(name)) }} {%- endmacro %}
{% macro default__ga4_param_value(name) -%}
    get(event_params, cast(array_position(param_keys, '{{ name }}') as int) - 1).value
{%- endmacro %}
{% macro duckdb__ga4_param_value(name) -%} event_params[list_position(param_keys, '{{ name }}')].value {%- endmacro %}

{#- Where a visit came from: the fields of one name as the export attributes the visit, else as it was collected with the event. -#}
{% macro ga4_traffic(param, field=none) -%}
    coalesce(
        session_traffic_source_last_click.cross_channel_campaign.{{ field or param }},
        session_traffic_source_last_click.manual_campaign.{{ field or param }},
        collected_traffic_source.manual_{{ field or param }},
        {{ ga4_param(param) }}
    )
{%- endmacro %}

{#- A number read from a text or another number; NULL when it is none, or too large. -#}
{% macro number_or_null(expression, type) -%} {{ return(adapter.dispatch('number_or_null')(expression, type)) }} {%- endmacro %}
{% macro default__number_or_null(expression, type) -%} try_cast({{ expression }} as {{ type }}) {%- endmacro %}
{% macro duckdb__number_or_null(expression, type) -%}
    {#- A plain cast would read 'nan', 'inf', '0x1F' and '1_000' as numbers. -#}
    case
        when regexp_full_match(cast({{ expression }} as varchar), '\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*')
            then try_cast({{ expression }} as {{ type }})
    end
{%- endmacro %}

{#- A number as text, whole ones without a fraction: an order 1002 that was sent as 1002.0 is the same order. -#}
{% macro text_of_number(expression) -%}
    case
        when {{ expression }} = floor({{ expression }}) and abs({{ expression }}) < 1e15
            then cast(cast({{ expression }} as bigint) as varchar)
        else cast({{ expression }} as varchar)
    end
{%- endmacro %}

{#- All of a nested value as text, to compare by. -#}
{% macro text_of(expression) -%} {{ return(adapter.dispatch('text_of')(expression)) }} {%- endmacro %}
{% macro default__text_of(expression) -%} to_json({{ expression }}) {%- endmacro %}
{% macro duckdb__text_of(expression) -%} cast({{ expression }} as varchar) {%- endmacro %}

{#- The first element of a list, NULL when there is none; and how many there are (0 for NULL). -#}
{% macro first_of(list) -%} {{ return(adapter.dispatch('first_of')(list)) }} {%- endmacro %}
{% macro default__first_of(list) -%} get({{ list }}, 0) {%- endmacro %}
{% macro duckdb__first_of(list) -%} {{ list }}[1] {%- endmacro %}

{% macro count_of(list) -%} {{ return(adapter.dispatch('count_of')(list)) }} {%- endmacro %}
{% macro default__count_of(list) -%} coalesce(nullif(size({{ list }}), -1), 0) {%- endmacro %}
{% macro duckdb__count_of(list) -%} coalesce(len({{ list }}), 0) {%- endmacro %}

{#- An instant from microseconds since 1970 (UTC). -#}
{% macro timestamp_of_micros(micros) -%} {{ return(adapter.dispatch('timestamp_of_micros')(micros)) }} {%- endmacro %}
{% macro default__timestamp_of_micros(micros) -%} timestamp_micros({{ micros }}) {%- endmacro %}
{% macro duckdb__timestamp_of_micros(micros) -%} make_timestamp({{ micros }}) {%- endmacro %}

{#- What tells two events apart: the export's own key. Exports before 2023 lack the place in the batch, and there what the
    event says must be the same too. -#}
{% macro ga4_event_id() -%}
    md5(concat(
        coalesce(user_pseudo_id, ''),
        '|', cast(event_timestamp as varchar),
        '|', event_name,
        '|', coalesce(cast(event_bundle_sequence_id as varchar), ''),
        '|', coalesce(cast(batch_page_id as varchar), ''),
        '|', coalesce(cast(batch_ordering_id as varchar), ''),
        '|', coalesce(cast(batch_event_index as varchar), ''),
        case
            when batch_event_index is null
                then concat(
                    '|', coalesce({{ text_of('event_params') }}, ''),
                    '|', coalesce({{ text_of('ecommerce') }}, ''),
                    '|', coalesce({{ text_of('items') }}, '')
                )
            else ''
        end
    ))
{%- endmacro %}

{#- A number that is the same for events of the same id, and for hardly any others: cheaper to compare. -#}
{% macro ga4_likeness() -%}
    {{ hash_of([
        "coalesce(user_pseudo_id, '')", 'event_timestamp', 'event_name', 'event_bundle_sequence_id', 'batch_page_id', 'batch_ordering_id',
        'batch_event_index'
    ]) }}
{%- endmacro %}
