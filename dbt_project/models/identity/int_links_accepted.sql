select
    links.left_key,
    links.right_key,
    links.left_type,
    links.left_value,
    links.right_type,
    links.right_value,
    links.first_seen_at,
    links.last_seen_at
from {{ ref('links') }} as links
left join {{ ref('refused_links') }} as refused
    on
        links.left_key = refused.left_key
        and links.right_key = refused.right_key
where refused.left_key is null
