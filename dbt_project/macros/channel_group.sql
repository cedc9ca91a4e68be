{#- The sites of Google's lists that a shop meets, by the name in their domain: source "m.facebook.com" is facebook. -#}
{% macro sites_of(kind) -%}
    {%- set sites = {
        'shopping': ['alibaba', 'aliexpress', 'amazon', 'bol', 'ebay', 'etsy', 'google shopping', 'googleshopping', 'idealo', 'igshopping',
            'mercadolibre', 'rakuten', 'shopify', 'shopping', 'temu', 'walmart', 'zalando'],
        'social': ['bsky', 'facebook', 'fb', 'flipboard', 'goodreads', 'instagram', 'ig', 'line', 'linkedin', 'lnkd', 'mastodon', 'medium',
            'messenger', 'nextdoor', 'pinterest', 'quora', 'reddit', 'snapchat', 'substack', 't.co', 'telegram', 'threads', 'tumblr',
            'twitter', 'viber', 'vk', 'wechat', 'weibo', 'whatsapp', 'x.com', 'xing', 'yelp'],
        'video': ['crunchyroll', 'dailymotion', 'disneyplus', 'hulu', 'netflix', 'tiktok', 'twitch', 'vimeo', 'wistia', 'youku', 'youtube'],
        'search': ['aol', 'ask', 'baidu', 'bing', 'brave', 'daum', 'dogpile', 'duckduckgo', 'ecosia', 'google', 'lycos', 'msn', 'naver',
            'qwant', 'seznam', 'sogou', 'startpage', 'yahoo', 'yandex'],
    } -%}
    {{ return('(^|[.])(' ~ sites[kind] | map('replace', '.', '[.]') | join('|') ~ ')([.]|$)') }}
{%- endmacro %}

{#- Google's default channel group of a source, medium and campaign, which are compared in small letters; the first rule that
    fits holds. A visit that says nothing is direct. Source: https://support.google.com/analytics/answer/9756891 -#}
{% macro channel_group(source, medium, campaign) -%}
    {%- set source = "lower(coalesce(" ~ source ~ ", '(direct)'))" -%}
    {%- set medium = "lower(coalesce(" ~ medium ~ ", '(none)'))" -%}
    {%- set campaign = "lower(coalesce(" ~ campaign ~ ", ''))" -%}
    {%- set is_paid = regex_found(medium, '^(.*cp.*|ppc|retargeting|paid.*)$') ~ ' is not null' -%}
    {%- set names_a_shop = regex_found(campaign, '^(.*(([^a-df-z]|^)shop|shopping).*)$') ~ ' is not null' -%}
    {%- set is_from = {} -%}
    {%- for kind in ['shopping', 'social', 'video', 'search'] -%}
        {%- do is_from.update({kind: regex_found(source, '(' ~ sites_of(kind) ~ ')') ~ ' is not null'}) -%}
    {%- endfor -%}
    {%- set email = "('email', 'e-mail', 'e_mail', 'e mail')" -%}
    case
        when {{ source }} = '(direct)' and {{ medium }} in ('(none)', '(not set)') then 'Direct'
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        when ({{ is_from.shopping }} or {{ names_a_shop }}) and {{ is_paid }} then 'Paid Shopping'
        when {{ is_from.search }} and {{ is_paid }} then 'Paid Search'
        when {{ is_from.social }} and {{ is_paid }} then 'Paid Social'
        when {{ is_from.video }} and {{ is_paid }} then 'Paid Video'
        when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        when {{ is_paid }} then 'Paid Other'
        when {{ is_from.shopping }} or {{ names_a_shop }} then 'Organic Shopping'
        when
            {{ is_from.social }}
            or {{ medium }} in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
            then 'Organic Social'
        when {{ is_from.video }} or {{ medium }} like '%video%' then 'Organic Video'
        when {{ is_from.search }} or {{ medium }} = 'organic' then 'Organic Search'
        when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
        when {{ source }} in {{ email }} or {{ medium }} in {{ email }} then 'Email'
        when {{ medium }} = 'affiliate' then 'Affiliates'
        when {{ medium }} = 'audio' then 'Audio'
        when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
        when
            {{ medium }} like '%push' or {{ medium }} like '%mobile%' or {{ medium }} like '%notification%'
            or {{ source }} = 'firebase'
            then 'Mobile Push Notifications'
        else 'Unassigned'
    end
{%- endmacro %}
