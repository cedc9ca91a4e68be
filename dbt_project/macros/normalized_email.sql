{#- An e-mail address as one spelling, lower-cased; NULL unless it is one that mail could go to. Whoever unsubscribed as `Ann <ann@example.com>`,
    as `ann@example.com;` or with a letter that nobody sees must not be written to as `ann@example.com`: what is around an address is no part of
    it. `activations/addresses.py` has the same rule for what providers say; a test holds the two together. Most addresses are plain, and quick. -#}
{% macro normalized_email(expression) -%}
    {%- set space = '\\s\\x0B\\x85\\p{Z}' -%}
    {%- set unseen = '\\xAD\\x{180E}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{206F}\\x{FEFF}' -%}
    {%- set control = '\\x00-\\x08\\x0E-\\x1F\\x7F-\\x84\\x86-\\x9F' -%}
    {%- set before = '^[' ~ space ~ '\\x27‘’“”«»‹›`´<(\\[{,;:]+' -%}
    {%- set behind = '[' ~ space ~ '\\x27‘’“”«»‹›`´<>)\\]},;:.!]+\\z' -%}
    {%- set name_before = '^[^<]*<[' ~ space ~ ']*' -%}
    {%- set around_link = '^(?i:mailto):[' ~ space ~ ']*|[?][^@]*\\z' -%}
    {#- of what ASCII has, a label of a domain has letters, digits, hyphen and underscore -#}
    {%- set label = '[^\\x00-,./:-@\\[-^`{-\\x7F' ~ space ~ ']+' -%}
    {%- set address = regex_replaced(halfwidth(expression), '[' ~ unseen ~ control ~ '"]', '') -%}
    {%- set address = regex_replaced(address, before ~ '|' ~ behind, '') -%}
    {%- set address = regex_replaced(regex_replaced(address, name_before, ''), around_link, '') -%}
    {%- set whole = '^([^' ~ space ~ '@<>]{1,64}@' ~ label ~ '(?:[.]' ~ label ~ ')+)\\z' -%}
    case
        when {{ regex_matched(expression, '^[a-zA-Z0-9._+-]{1,64}@[a-zA-Z0-9-]+([.][a-zA-Z0-9-]+)+\\z') }} then lower({{ expression }})
        else lower({{ regex_found(address, whole) }})
    end
{%- endmacro %}

{#- A text with the wide letters and stops of East Asian keyboards as those of ASCII. -#}
{% macro halfwidth(expression) -%}
    translate(
        {{ expression }},
        '＠﹫．。｡＋－＿＜＞，；：＂＇０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
        '@@...+-_<>,;:"''0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    )
{%- endmacro %}
