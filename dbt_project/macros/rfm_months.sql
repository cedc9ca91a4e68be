{#- History by month is incremental by month: what the months were worked out from stays beside it (<model>_months), written in the
    same transaction, and a month in which anything is different is worked out again with all that follow. Who bought what in a
    month changes later too: by refunds, late orders, and people who turn out to be one. -#}

{#- The first month that differs from what `this` was worked out from, as a date; NULL when none does, or in a full refresh. -#}
{% macro first_month_changed() -%}
    {%- if not execute or not is_incremental() -%} {{ return('cast(null as date)') }} {%- endif -%}
    {%- set found = run_query(
        "select min(coalesce(counted.month, known.month)) from " ~ ref('int_months_counted') ~ " as counted full join " ~ _months_known()
        ~ " as known on counted.month = known.month where counted.month is null or known.month is null"
        ~ " or counted.moment_date <> known.moment_date or counted.fingerprint is distinct from known.fingerprint"
    ).columns[0].values()[0] -%}
    {{ return("cast(" ~ ("'" ~ found ~ "'" if found is not none else "null") ~ " as date)") }}
{%- endmacro %}

{% macro _months_known() -%} {{ return(this.incorporate(path={'identifier': this.identifier ~ '_months'})) }} {%- endmacro %}

{#- For a pre-hook and a post-hook. -#}
{% macro forget_months() -%}
    {%- if is_incremental() -%} delete from {{ this }} where month >= {{ first_month_changed() }} {%- endif -%}
{%- endmacro %}
{% macro remember_months() -%}
    create or replace table {{ _months_known() }} as select * from {{ ref('int_months_counted') }}
{%- endmacro %}
