{#- How names are read and compared. A name is compared in one plain spelling: small letters without accents, words apart by
    one blank, no titles, no generation (Jr, III), a single field that holds both names taken apart. -#}

{#- One plain spelling of a text; NULL when no letter is left. -#}
{% macro plain_name(expression) -%}
    nullif(trim({{ regex_replaced(
        regex_replaced(without_accents("lower(" ~ expression ~ ")"), "['’`´]", ""), "[^\\p{L}]+", " "
    ) }}), '')
{%- endmacro %}

{#- A plain name without title in front and generation behind. -#}
{% macro bare_name(plain) -%}
    nullif(trim({{ regex_replaced(
        regex_replaced(plain, "^(mr|mrs|ms|miss|dr|prof|sir|herr|frau|mme|mlle|pan|pani) ", ""),
        " (jr|junior|sr|senior|ii|iii|iv)$", ""
    ) }}), '')
{%- endmacro %}

{#- Which of several people of one name: 1 senior, 2 junior, 3, 4; NULL when not said. -#}
{% macro generation_of(plain) -%}
    case {{ regex_found(plain, " (jr|junior|sr|senior|ii|iii|iv)$") }}
        when 'sr' then 1 when 'senior' then 1
        when 'jr' then 2 when 'junior' then 2 when 'ii' then 2
        when 'iii' then 3
        when 'iv' then 4
    end
{%- endmacro %}

{#- The first word and the last. -#}
{% macro plain_first_word(plain) -%} {{ regex_replaced(plain, " .*$", "") }} {%- endmacro %}
{% macro plain_last_word(plain) -%} {{ regex_replaced(plain, "^.* ", "") }} {%- endmacro %}

{#- Whether a plain given name says less than a whole first name: nothing, or initials alone. -#}
{% macro is_weak_name(given) -%}
    ({{ given }} is null or {{ given }} not like '%__%' or {{ regex_found(given, "([^ ][^ ])") }} is null)
{%- endmacro %}

{#- Whether two plain names share a word (of two letters or more) or are the same but for blanks. -#}
{% macro share_a_word(one, other) -%}
    (
        replace({{ one }}, ' ', '') = replace({{ other }}, ' ', '')
        or (length({{ plain_first_word(one) }}) > 1 and ' ' || {{ other }} || ' ' like '% ' || {{ plain_first_word(one) }} || ' %')
        or (length({{ plain_last_word(one) }}) > 1 and ' ' || {{ other }} || ' ' like '% ' || {{ plain_last_word(one) }} || ' %')
        or (length({{ plain_first_word(other) }}) > 1 and ' ' || {{ one }} || ' ' like '% ' || {{ plain_first_word(other) }} || ' %')
        or (length({{ plain_last_word(other) }}) > 1 and ' ' || {{ one }} || ' ' like '% ' || {{ plain_last_word(other) }} || ' %')
    )
{%- endmacro %}

{#- Whether one is written in Latin letters and the other is not: such names cannot be compared by letters. -#}
{% macro differ_in_script(one, other) -%}
    ({{ regex_found(one, "([a-z])") }} is null) <> ({{ regex_found(other, "([a-z])") }} is null)
{%- endmacro %}

{#- Whether two known given names are clearly those of different people. `alike` is true where the table of variants has the
    pair, `known` and `other_known` where each is a name of that table: two known names that are no variants are not a slip of
    the pen, and a last vowel more or other (Martin and Martina, Mario and Maria) is another person rather than a slip. A slip
    keeps the first letter; it is one letter, or two where only one of both is a name. -#}
{% macro given_names_differ(one, other, alike, known, other_known) -%}
    case
        when {{ one }} is null or {{ other }} is null or {{ one }} = {{ other }} then false
        when {{ alike }} or {{ share_a_word(one, other) }} then false
        when {{ differ_in_script(one, other) }} then false
        when length({{ plain_first_word(one) }}) = 1 or length({{ plain_first_word(other) }}) = 1
            then left({{ one }}, 1) <> left({{ other }}, 1)
        when ({{ known }}) and ({{ other_known }}) then true
        when
            {{ regex_replaced(one, "[aeo]$", "") }} = {{ regex_replaced(other, "[aeo]$", "") }}
            and not ({{ one }} like '%ie' and {{ other }} like '%i')
            and not ({{ one }} like '%i' and {{ other }} like '%ie')
            then true
        when left({{ one }}, 1) <> left({{ other }}, 1) then true
        else not {{ at_most_edits(one, other, _slips_of_given_name(one, other, known, other_known)) }}
    end
{%- endmacro %}

{#- How many slips of the pen two first names, or two family names, of these lengths may be apart. -#}
{% macro _slips_of_given_name(one, other, known, other_known) -%}
    case
        when least(length({{ one }}), length({{ other }})) >= 8 then 2
        when least(length({{ one }}), length({{ other }})) >= 5 and ({{ known }}) <> ({{ other_known }}) then 2
        when least(length({{ one }}), length({{ other }})) >= 4 then 1
        else 0
    end
{%- endmacro %}
{% macro _slips_of_family_name(one, other) -%}
    case
        when least(length({{ one }}), length({{ other }})) >= 7 then 2
        when least(length({{ one }}), length({{ other }})) >= 4 then 1
        else 0
    end
{%- endmacro %}

{#- Whether the names of two records are the same in the other order, one of them perhaps missing or misspelt. -#}
{% macro names_swapped(one, other) -%}
    (
        coalesce({{ one }}.given_name = {{ other }}.family_name, false)
        and not {{ family_names_differ(one ~ '.family_name', other ~ '.given_name') }}
        or coalesce({{ one }}.family_name = {{ other }}.given_name, false)
        and not {{ family_names_differ(one ~ '.given_name', other ~ '.family_name') }}
    )
{%- endmacro %}

{#- Whether two known family names are clearly different: no shared word, not a slip of the pen, not an initial. -#}
{% macro family_names_differ(one, other) -%}
    case
        when {{ one }} is null or {{ other }} is null or {{ one }} = {{ other }} then false
        when {{ share_a_word(one, other) }} or {{ differ_in_script(one, other) }} then false
        when length({{ one }}) = 1 or length({{ other }}) = 1 then left({{ one }}, 1) <> left({{ other }}, 1)
        else not {{ at_most_edits(one, other, _slips_of_family_name(one, other)) }}
    end
{%- endmacro %}

{#- Whether two full dates of birth differ by more than a slip: one digit, two neighbours, or day and month swapped. -#}
{% macro birth_dates_differ(one, other) -%}
    case
        when {{ one }} is null or {{ other }} is null or {{ one }} = {{ other }} then false
        when
            extract(year from {{ one }}) = extract(year from {{ other }})
            and extract(month from {{ one }}) = extract(day from {{ other }})
            and extract(day from {{ one }}) = extract(month from {{ other }})
            then false
        else not {{ at_most_edits("cast(" ~ one ~ " as varchar)", "cast(" ~ other ~ " as varchar)", 1) }}
    end
{%- endmacro %}

{#- Whether two dates of birth are both known and the same but for a slip, or within so many days of each other. -#}
{% macro of_one_age(one, other, days=0) -%}
    coalesce(
        not {{ birth_dates_differ(one, other) }}
        {%- if days %}
        or abs({{ days_between(one, other) }}) <= {{ days }}
        {%- endif %},
        false
    )
    and {{ one }} is not null and {{ other }} is not null
{%- endmacro %}

{#- Whether two e-mail addresses are the same but for a slip of the pen or two; another number is another address. -#}
{% macro same_but_for_a_slip(one, other) -%}
    (
        case
            when {{ at_most_edits(one, other, 2) }}
                then {{ regex_replaced(one, '[^0-9]', '') }} = {{ regex_replaced(other, '[^0-9]', '') }}
            else false
        end
    )
{%- endmacro %}
