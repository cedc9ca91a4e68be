{#- What engines spell differently, each with one name; one file, for whoever brings another engine. `default__` is ANSI or Spark, `duckdb__` is DuckDB. -#}

{#- A 128-bit key of a text: joins on it cost half of joins on the text, and two people never share one. -#}
{% macro key_of(expression) -%} {{ return(adapter.dispatch('key_of')(expression)) }} {%- endmacro %}
{% macro default__key_of(expression) -%} md5({{ expression }}) {%- endmacro %}
{% macro duckdb__key_of(expression) -%} md5_number({{ expression }}) {%- endmacro %}

{#- A stable number from 0 to 99 for a text: the same on every engine and for ever. -#}
{% macro bucket_of(expression) -%} ({{ digits_of(expression) }} % 100) {%- endmacro %}

{#- A stable share of [0, 1) for a text, even over all texts: its first two digits are bucket_of. -#}
{% macro share_of(expression) -%}
    (({{ digits_of(expression) }} % 100 + floor({{ digits_of(expression) }} / 100) / 42949673.0) / 100)
{%- endmacro %}

{#- The first 32 bits of a text's hash, as a whole number. -#}
{% macro digits_of(expression) -%} {{ return(adapter.dispatch('digits_of')(expression)) }} {%- endmacro %}
{% macro default__digits_of(expression) -%} cast(conv(substr(md5({{ expression }}), 1, 8), 16, 10) as bigint) {%- endmacro %}
{% macro duckdb__digits_of(expression) -%} cast(('0x' || substr(md5({{ expression }}), 1, 8)) as bigint) {%- endmacro %}

{#- Whole days from the first instant to the second. -#}
{% macro days_between(earlier, later) -%} {{ return(adapter.dispatch('days_between')(earlier, later)) }} {%- endmacro %}
{% macro default__days_between(earlier, later) -%} timestampdiff(day, {{ earlier }}, {{ later }}) {%- endmacro %}
{% macro duckdb__days_between(earlier, later) -%} date_sub('day', {{ earlier }}, {{ later }}) {%- endmacro %}

{#- Whole minutes from the first instant to the second. -#}
{% macro minutes_between(earlier, later) -%} {{ return(adapter.dispatch('minutes_between')(earlier, later)) }} {%- endmacro %}
{% macro default__minutes_between(earlier, later) -%} timestampdiff(minute, {{ earlier }}, {{ later }}) {%- endmacro %}
{% macro duckdb__minutes_between(earlier, later) -%} date_sub('minute', {{ earlier }}, {{ later }}) {%- endmacro %}

{#- An instant moved by a whole number of hours or minutes; negative goes back. -#}
{% macro plus_hours(instant, hours) -%} ({{ instant }} + interval '1' hour * ({{ hours }})) {%- endmacro %}
{% macro plus_minutes(instant, minutes) -%} ({{ instant }} + interval '1' minute * ({{ minutes }})) {%- endmacro %}
{% macro plus_days(instant, days) -%} ({{ instant }} + interval '1' day * ({{ days }})) {%- endmacro %}

{#- The hour of the day (0 to 23) that a UTC instant is in a time zone named as by IANA. -#}
{% macro local_hour(instant, time_zone) -%} {{ return(adapter.dispatch('local_hour')(instant, time_zone)) }} {%- endmacro %}
{% macro default__local_hour(instant, time_zone) -%} hour(from_utc_timestamp({{ instant }}, {{ time_zone }})) {%- endmacro %}
{% macro duckdb__local_hour(instant, time_zone) -%}
    extract('hour' from timezone({{ time_zone }}, timezone('UTC', {{ instant }})))
{%- endmacro %}

{#- An instant to the minute, as text; and what the clocks of a time zone show then. -#}
{% macro minute_of(instant) -%} substr(cast({{ instant }} as varchar), 1, 16) {%- endmacro %}
{% macro local_minute(instant, time_zone) -%} {{ return(adapter.dispatch('local_minute')(instant, time_zone)) }} {%- endmacro %}
{% macro default__local_minute(instant, time_zone) -%} date_format(from_utc_timestamp({{ instant }}, {{ time_zone }}), 'HH:mm') {%- endmacro %}
{% macro duckdb__local_minute(instant, time_zone) -%}
    strftime(timezone({{ time_zone }}, timezone('UTC', {{ instant }})), '%H:%M')
{%- endmacro %}

{#- The time zones that the engine knows, in small letters; their one column is `name`. Any other stops a query that reckons with it. -#}
{% macro time_zones() -%} {{ return(adapter.dispatch('time_zones')()) }} {%- endmacro %}
{% macro default__time_zones() -%}
    (select distinct lower(time_zone) as name from {{ ref('country_time_zones') }})
{%- endmacro %}
{% macro duckdb__time_zones() -%} (select distinct lower(name) as name from pg_timezone_names()) {%- endmacro %}

{#- What a clock on the wall in a time zone shows at a UTC instant, and back: the instant at which it shows this. -#}
{% macro local_time(instant, time_zone) -%} {{ return(adapter.dispatch('local_time')(instant, time_zone)) }} {%- endmacro %}
{% macro default__local_time(instant, time_zone) -%} from_utc_timestamp({{ instant }}, {{ time_zone }}) {%- endmacro %}
{% macro duckdb__local_time(instant, time_zone) -%} timezone({{ time_zone }}, timezone('UTC', {{ instant }})) {%- endmacro %}
{% macro instant_of(local_time, time_zone) -%} {{ return(adapter.dispatch('instant_of')(local_time, time_zone)) }} {%- endmacro %}
{% macro default__instant_of(local_time, time_zone) -%} to_utc_timestamp({{ local_time }}, {{ time_zone }}) {%- endmacro %}
{% macro duckdb__instant_of(local_time, time_zone) -%} timezone('UTC', timezone({{ time_zone }}, {{ local_time }})) {%- endmacro %}

{#- The value of one column in the row where another is greatest; NULLs of either are left out. -#}
{% macro latest_value(column, by) -%}
    max_by({{ column }}, {{ pair_of(by, column) }}) filter (where {{ column }} is not null and {{ by }} is not null)
{%- endmacro %}

{#- The same in the row where it is smallest. -#}
{% macro earliest_value(column, by) -%}
    min_by({{ column }}, {{ pair_of(by, column) }}) filter (where {{ column }} is not null and {{ by }} is not null)
{%- endmacro %}

{% macro plus_months(instant, months) -%} ({{ instant }} + interval '1' month * ({{ months }})) {%- endmacro %}

{#- A table of the whole numbers from 0 to below a limit; its one column is `number`. -#}
{% macro numbers_below(limit) -%} {{ return(adapter.dispatch('numbers_below')(limit)) }} {%- endmacro %}
{% macro default__numbers_below(limit) -%} (select id as number from range({{ limit }})) {%- endmacro %}
{% macro duckdb__numbers_below(limit) -%} (select range as number from range({{ limit }})) {%- endmacro %}

{#- What stands before the first colon; the whole text where there is none. -#}
{% macro before_colon(expression) -%} split_part({{ expression }}, ':', 1) {%- endmacro %}

{#- Two values that sort as one: by the first, then by the second. -#}
{% macro pair_of(first, second) -%} {{ return(adapter.dispatch('pair_of')(first, second)) }} {%- endmacro %}
{% macro default__pair_of(first, second) -%} struct({{ first }}, {{ second }}) {%- endmacro %}
{% macro duckdb__pair_of(first, second) -%} row({{ first }}, {{ second }}) {%- endmacro %}

{#- One row for each item of a list that is written with semicolons; stands in a select list. -#}
{% macro each_listed(expression) -%} {{ return(adapter.dispatch('each_listed')(expression)) }} {%- endmacro %}
{% macro default__each_listed(expression) -%} explode(split({{ expression }}, ';')) {%- endmacro %}
{% macro duckdb__each_listed(expression) -%} unnest(string_split({{ expression }}, ';')) {%- endmacro %}

{#- A text with every match of a regular expression replaced; the first group of its first match, NULL without one. -#}
{% macro regex_replaced(expression, pattern, by) -%}
    {{ return(adapter.dispatch('regex_replaced')(expression, _literal(pattern), _literal(by))) }}
{%- endmacro %}
{% macro default__regex_replaced(expression, pattern, by) -%} regexp_replace({{ expression }}, r{{ pattern }}, {{ by }}) {%- endmacro %}
{% macro duckdb__regex_replaced(expression, pattern, by) -%} regexp_replace({{ expression }}, {{ pattern }}, {{ by }}, 'g') {%- endmacro %}

{% macro _literal(text) -%} '{{ text | replace("'", "''") }}' {%- endmacro %}

{% macro regex_found(expression, pattern) -%} {{ return(adapter.dispatch('regex_found')(expression, _literal(pattern))) }} {%- endmacro %}
{% macro default__regex_found(expression, pattern) -%} nullif(regexp_extract({{ expression }}, r{{ pattern }}, 1), '') {%- endmacro %}
{% macro duckdb__regex_found(expression, pattern) -%} nullif(regexp_extract({{ expression }}, {{ pattern }}, 1), '') {%- endmacro %}

{#- Whether a text has a match of a regular expression. -#}
{% macro regex_matched(expression, pattern) -%} {{ return(adapter.dispatch('regex_matched')(expression, _literal(pattern))) }} {%- endmacro %}
{% macro default__regex_matched(expression, pattern) -%} {{ expression }} rlike r{{ pattern }} {%- endmacro %}
{% macro duckdb__regex_matched(expression, pattern) -%} regexp_matches({{ expression }}, {{ pattern }}) {%- endmacro %}

{#- A text without accents. -#}
{% macro without_accents(expression) -%} {{ return(adapter.dispatch('without_accents')(expression)) }} {%- endmacro %}
{% macro default__without_accents(expression) -%}
    translate({{ expression }}, 'àáâãäåąçćčďđèéêëęěìíîïłñńňòóôõöøőřśšťùúûüůűýÿźżž', 'aaaaaaacccddeeeeeeiiiilnnnooooooorsstuuuuuuyyzzz')
{%- endmacro %}
{% macro duckdb__without_accents(expression) -%}
    translate(strip_accents(replace({{ expression }}, 'ß', 'ss')), 'łđø', 'ldo')
{%- endmacro %}

{#- Whether two texts are at most so many slips apart: letters added, lost, changed, or (where the engine can) swapped with a neighbour.
    To count swaps is dear: plain edits are never fewer, nor more than twice as many, so most pairs are told by them. -#}
{% macro at_most_edits(one, other, most) -%} {{ return(adapter.dispatch('at_most_edits')(one, other, most)) }} {%- endmacro %}
{% macro default__at_most_edits(one, other, most) -%} levenshtein({{ one }}, {{ other }}) <= {{ most }} {%- endmacro %}
{% macro duckdb__at_most_edits(one, other, most) -%}
    case
        when {{ one }} = {{ other }} then true
        when abs(length({{ one }}) - length({{ other }})) > {{ most }} then false
        when levenshtein({{ one }}, {{ other }}) <= {{ most }} then true
        when levenshtein({{ one }}, {{ other }}) > 2 * ({{ most }}) then false
        else damerau_levenshtein({{ one }}, {{ other }}) <= {{ most }}
    end
{%- endmacro %}

{#- A key of a set of keys (an aggregate), the same in whatever order the rows come; no key may be given twice. -#}
{% macro key_of_set(key) -%} {{ return(adapter.dispatch('key_of_set')(key)) }} {%- endmacro %}
{% macro default__key_of_set(key) -%} md5(array_join(array_sort(collect_list({{ key }})), ',')) {%- endmacro %}
{% macro duckdb__key_of_set(key) -%} bit_xor({{ key }}) {%- endmacro %}

{#- What stands before and after the first @; before the first +; of a domain what stands before its first dot. -#}
{% macro before_at(expression) -%} split_part({{ expression }}, '@', 1) {%- endmacro %}
{% macro before_plus(expression) -%} split_part({{ expression }}, '+', 1) {%- endmacro %}
{% macro after_at(expression) -%} split_part({{ expression }}, '@', 2) {%- endmacro %}
{% macro before_dot(expression) -%} split_part({{ expression }}, '.', 1) {%- endmacro %}

{#- A number that tells rows apart by these columns, within one engine; not to be kept for ever. -#}
{% macro hash_of(columns) -%} {{ return(adapter.dispatch('hash_of')(columns)) }} {%- endmacro %}
{% macro default__hash_of(columns) -%} xxhash64({{ columns | join(', ') }}) {%- endmacro %}
{% macro duckdb__hash_of(columns) -%} hash({{ columns | join(', ') }}) {%- endmacro %}

{#- An aggregate: a number that changes with any of the rows, whatever their order. -#}
{% macro sum_of_hashes(columns) -%} {{ return(adapter.dispatch('sum_of_hashes')(columns)) }} {%- endmacro %}
{% macro default__sum_of_hashes(columns) -%} sum(cast({{ hash_of(columns) }} as decimal(38, 0))) {%- endmacro %}
{% macro duckdb__sum_of_hashes(columns) -%} sum({{ hash_of(columns) }}) {%- endmacro %}

{#- An aggregate: whether a text column has several values (NULL is none). Compared as hashes, which is cheaper. -#}
{% macro several_values(column) -%}
    {%- set hash = 'case when ' ~ column ~ ' is not null then ' ~ hash_of([column]) ~ ' end' -%}
    coalesce(min({{ hash }}) <> max({{ hash }}), false)
{%- endmacro %}

{#- An aggregate: the value that half of the values lie below and half above, NULLs left out. -#}
{% macro median_of(column) -%} percentile_cont(0.5) within group (order by {{ column }}) {%- endmacro %}

{#- An aggregate: the four values that part the rows into fifths, as a list, the lowest first: the smallest ones that at least 1, 2,
    3 and 4 fifths of the rows do not exceed. -#}
{% macro fifths_of(expression) -%} {{ return(adapter.dispatch('fifths_of')(expression)) }} {%- endmacro %}
{% macro default__fifths_of(expression) -%}
    array({% for part in [0.2, 0.4, 0.6, 0.8] %}percentile_disc({{ part }}) within group (order by {{ expression }}){{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
{% macro duckdb__fifths_of(expression) -%} quantile_disc({{ expression }}, [0.2, 0.4, 0.6, 0.8]) {%- endmacro %}

{#- A list of expressions, and one of its items; the first is 1. -#}
{% macro list_of(items) -%} {{ return(adapter.dispatch('list_of')(items)) }} {%- endmacro %}
{% macro default__list_of(items) -%} array({{ items | join(', ') }}) {%- endmacro %}
{% macro duckdb__list_of(items) -%} [{{ items | join(', ') }}] {%- endmacro %}
{% macro item_of(items, place) -%} {{ return(adapter.dispatch('item_of')(items, place)) }} {%- endmacro %}
{% macro default__item_of(items, place) -%} element_at({{ items }}, {{ place }}) {%- endmacro %}
{% macro duckdb__item_of(items, place) -%} list_extract({{ items }}, {{ place }}) {%- endmacro %}

{#- Aggregates: the texts of a group in one, with a semicolon between; the values of a group as a list. Both in the order of `by`. -#}
{% macro texts_joined(text, by) -%} {{ return(adapter.dispatch('texts_joined')(text, by)) }} {%- endmacro %}
{% macro default__texts_joined(text, by) -%} listagg({{ text }}, '; ') within group (order by {{ by }}) {%- endmacro %}
{% macro duckdb__texts_joined(text, by) -%} string_agg({{ text }}, '; ' order by {{ by }}) {%- endmacro %}
{% macro listed_by(value, by) -%} {{ return(adapter.dispatch('listed_by')(value, by)) }} {%- endmacro %}
{% macro default__listed_by(value, by) -%}
    transform(array_sort(collect_list(struct({{ by }}, {{ value }}))), pair -> pair.col2)
{%- endmacro %}
{% macro duckdb__listed_by(value, by) -%} array_agg({{ value }} order by {{ by }}) {%- endmacro %}

{#- For a CTE, before its bracket: it is worked out whole before its reader begins. Where many large ones meet in one query, only so do they not
    all stand in memory at once. -#}
{% macro one_by_one() -%} {{ 'materialized' if target.type == 'duckdb' }} {%- endmacro %}

{#- For a CTE, before its bracket: each of its readers reads for itself what it needs. Where a large table is read for a few columns, and again
    for the others, only so is it not kept whole. -#}
{% macro read_in_place() -%} {{ 'not materialized' if target.type == 'duckdb' }} {%- endmacro %}

{#- The first so many items of a list, in the order of the alphabet: the same for the same items, whichever comes first. -#}
{% macro set_of_first(items, count) -%} {{ return(adapter.dispatch('set_of_first')(items, count)) }} {%- endmacro %}
{% macro default__set_of_first(items, count) -%} array_sort(slice({{ items }}, 1, {{ count }})) {%- endmacro %}
{% macro duckdb__set_of_first(items, count) -%} list_sort(list_slice({{ items }}, 1, {{ count }})) {%- endmacro %}

{#- The SHA-256 digest of a text, in small hexadecimal letters. -#}
{% macro sha256_of(expression) -%} {{ return(adapter.dispatch('sha256_of')(expression)) }} {%- endmacro %}
{% macro default__sha256_of(expression) -%} sha2({{ expression }}, 256) {%- endmacro %}
{% macro duckdb__sha256_of(expression) -%} sha256({{ expression }}) {%- endmacro %}
