-- those whose key is smallest: whoever is in stays in until enough new people have smaller ones
select profile_id
from {{ ref('orders') }}
where is_first
order by {{ key_of('profile_id') }}
limit {{ var('training_people') }}
